//! The function that carries the attribute.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Result, Signature, Visibility};

/// The relevant parts of a function. The compiler parses the body, because it handles incomplete code better.
pub(crate) struct Function {
    pub attributes: Vec<Attribute>,
    pub signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let signature = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self { attributes, signature })
    }
}

impl Function {
    /// Its name, without the `r#` prefix of keywords.
    pub fn name(&self) -> String {
        self.signature.ident.unraw().to_string()
    }

    /// Its doc comment.
    pub fn description(&self) -> String {
        let lines: Vec<_> = self.attributes.iter().filter_map(doc_line).collect();
        lines.join("\n").trim().to_string()
    }

    /// The conditions of its compilation, from attributes after the macro.
    pub fn conditions(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(doc) = &attribute.meta else {
        return None;
    };
    if !doc.path.is_ident("doc") {
        return None;
    }
    let mut value = &doc.value;
    // For a comment that another macro created.
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text), ..
    }) = value
    else {
        return None;
    };
    let text = text.value();
    Some(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_string())
}
