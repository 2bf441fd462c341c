//! The registration that the macro adds next to the function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Result, ReturnType};

use crate::attribute::Arguments;
use crate::function::Function;
use crate::kind::{Kind, returns_result};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    // The function is kept in either case, so that its callers do not fail too.
    let added = match Arguments::parse(arguments) {
        Ok(arguments) => registration(arguments, item.clone()),
        Err(error) => Err(error),
    };
    let added = added.unwrap_or_else(Error::into_compile_error);
    quote! { #item #added }
}

pub(crate) fn registration(arguments: Arguments, item: TokenStream) -> Result<TokenStream> {
    let start = item
        .clone()
        .into_iter()
        .find(|token| !matches!(token, proc_macro2::TokenTree::Punct(_)));
    let function: Function = syn::parse2(item).map_err(|error| {
        let place = start.map_or_else(|| error.span(), |token| token.span());
        Error::new(place, "#[worker] turns a function into a worker: place it before `fn`")
    })?;
    let kind = Kind::of(&function.signature)?;
    let name = arguments.name.map_or_else(|| function.name(), |name| name.value());
    let description = function.description();
    let is_conversation = kind.is_conversation();
    let takes_input = kind.takes_input();
    let conditions = function.conditions();
    let run = run(&function, &kind);
    Ok(quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            #run
            ::isothreads::__private::inventory::submit! {
                ::isothreads::__private::Registration {
                    name: #name,
                    description: #description,
                    is_conversation: #is_conversation,
                    takes_input: #takes_input,
                    run: __isothreads_run,
                }
            }
        };
    })
}

/// The function that calls the author's. Its names cannot collide with the author's: variables because of hygiene, the
/// function because of its name.
fn run(function: &Function, kind: &Kind<'_>) -> TokenStream {
    let hygienic = Span::mixed_site();
    let call = Ident::new("call", hygienic);
    let task = Ident::new("task", hygienic);
    let value = Ident::new("value", hygienic);
    // The compiler reports errors about an argument's type at the type itself.
    let input = |argument: &syn::Type| {
        let place = argument.span().resolved_at(hygienic);
        quote_spanned! { place => #call.input()? }
    };
    let arguments = match kind {
        Kind::Function { input: None, has_task } => has_task.then(|| quote! { &#task }).into_iter().collect(),
        Kind::Function {
            input: Some(argument),
            has_task,
        } => {
            let task = has_task.then(|| quote! { &#task });
            [Some(input(argument)), task].into_iter().flatten().collect()
        }
        Kind::Conversation { data } => {
            let data = data.map(input);
            [Some(quote! { #call.parent_port()? }), data]
                .into_iter()
                .flatten()
                .collect()
        }
    };
    let arguments: Vec<TokenStream> = arguments;
    let has_task = matches!(kind, Kind::Function { has_task: true, .. });
    let take_task = has_task.then(|| quote! { let #task = #call.task(); });
    let name = &function.signature.ident;
    let called = quote! { #name(#(#arguments),*) };
    let returned = match &function.signature.output {
        ReturnType::Type(_, returned) => returned.span(),
        ReturnType::Default => name.span(),
    };
    let place = returned.resolved_at(hygienic);
    let called = match returns_result(&function.signature) {
        true => quote_spanned! { place => #called? },
        false => called,
    };
    let output = match kind {
        Kind::Conversation { .. } => quote! { let () = #called; #call.output(()) },
        Kind::Function { .. } => {
            let output = quote_spanned! { place => #call.output(#value) };
            quote! { let #value = #called; #output }
        }
    };
    quote! {
        fn __isothreads_run(
            #call: &::isothreads::__private::Call<'_>,
        ) -> ::isothreads::Result<::isothreads::__private::Output> {
            #take_task
            #output
        }
    }
}
