//! The arguments of the attribute.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result, Token};

/// `name = "other"`, or nothing.
pub(crate) struct Arguments {
    pub name: Option<LitStr>,
}

struct Argument {
    key: Ident,
    value: LitStr,
}

const USAGE: &str = "the only argument of #[worker] is its name in JavaScript: #[worker(name = \"other\")]";

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let key = input
            .parse::<Ident>()
            .map_err(|error| Error::new(error.span(), USAGE))?;
        if key != "name" || !input.peek(Token![=]) {
            return Err(Error::new(key.span(), USAGE));
        }
        input.parse::<Token![=]>()?;
        match input.parse()? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(value), ..
            }) => Ok(Self { key, value }),
            other => Err(Error::new_spanned(
                other,
                "the name of a worker must be a string literal",
            )),
        }
    }
}

impl Arguments {
    pub fn parse(tokens: TokenStream) -> Result<Self> {
        let arguments = Punctuated::<Argument, Token![,]>::parse_terminated.parse2(tokens)?;
        let mut arguments = arguments.into_iter();
        let first = arguments.next();
        if let Some(second) = arguments.next() {
            return Err(Error::new(second.key.span(), "the worker already has a name"));
        }
        if let Some(argument) = &first {
            check_name(&argument.value)?;
        }
        Ok(Self {
            name: first.map(|argument| argument.value),
        })
    }
}

/// In a specifier, the name follows the last `#`.
fn check_name(literal: &LitStr) -> Result<()> {
    let name = literal.value();
    let problem = if name.is_empty() {
        "the name of a worker must not be empty"
    } else if name.contains(['#', '/']) {
        "the name of a worker must not contain `#` or `/`, because it follows the `#` after a path"
    } else if name.contains(|character: char| character.is_whitespace() || character.is_control()) {
        "the name of a worker must not contain whitespace"
    } else {
        return Ok(());
    };
    Err(Error::new(literal.span(), problem))
}
