//! Interprets a signature: function or conversation, argument and result types. Reports what is wrong with it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Error, FnArg, GenericArgument, GenericParam, PatType, PathArguments, PathSegment, Result, ReturnType, Safety,
    Signature, Type,
};

/// The parameters of the function.
pub(crate) enum Kind<'a> {
    Function { input: Option<&'a Type>, has_task: bool },
    Conversation { data: Option<&'a Type> },
}

impl<'a> Kind<'a> {
    pub fn of(signature: &'a Signature) -> Result<Self> {
        let mut errors = Errors::default();
        check_qualifiers(signature, &mut errors);
        let mut types = Vec::new();
        for argument in &signature.inputs {
            match argument {
                FnArg::Receiver(receiver) => errors.add(receiver, "a worker has no `self`: move it out of the `impl`"),
                FnArg::Typed(argument) => {
                    check_argument(argument, &mut errors);
                    types.push(&*argument.ty);
                }
            }
        }
        let kind = match types.split_first() {
            Some((first, rest)) if is_parent_port(first) => {
                check_conversation(rest, &signature.output, &mut errors);
                Self::Conversation {
                    data: rest.first().copied(),
                }
            }
            _ => Self::function(&types, &mut errors),
        };
        errors.into_result().map(|()| kind)
    }

    pub fn is_conversation(&self) -> bool {
        matches!(self, Self::Conversation { .. })
    }

    pub fn takes_input(&self) -> bool {
        match self {
            Self::Function { input, .. } => input.is_some(),
            Self::Conversation { data } => data.is_some(),
        }
    }

    fn function(types: &[&'a Type], errors: &mut Errors) -> Self {
        let (tasks, inputs): (Vec<&Type>, Vec<&Type>) = types.iter().partition(|value| is_task_reference(value));
        let mut values = Vec::new();
        for input in &inputs {
            if is_task(input) {
                errors.add(
                    input,
                    "a worker takes its task as `task: &Task`; call `task.clone()` to keep it",
                );
            } else if is_parent_port(input) {
                errors.add(input, "the `ParentPort` of a conversation must be its first parameter");
            } else if referenced(input).is_some_and(is_parent_port) {
                errors.add(input, "a conversation must take its port by value: `port: ParentPort`");
            } else {
                values.push(input);
            }
        }
        if let Some(second) = values.get(1) {
            errors.add(
                second,
                "a worker takes one value: use a struct or a tuple (and after it `task: &Task`, for progress and cancellation)",
            );
        }
        if let Some(second) = tasks.get(1) {
            errors.add(second, "a worker takes only one `&Task`");
        }
        if let [first, _, ..] = types
            && is_task_reference(first)
            && !inputs.is_empty()
        {
            errors.add(first, "the task must come after the argument");
        }
        Self::Function {
            input: inputs.first().copied(),
            has_task: !tasks.is_empty(),
        }
    }
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if let Some(token) = &signature.asyncness {
        errors.add(
            token,
            "a worker cannot be async: it has its own thread and may block. Call a runtime's `block_on` in it",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.add(token, "a worker cannot be unsafe: JavaScript can pass any argument");
    }
    if let Some(token) = &signature.abi {
        errors.add(token, "a worker must be an ordinary Rust function: no `extern`");
    }
    if let Some(token) = &signature.variadic {
        errors.add(token, "a worker takes one value: use a struct, a tuple or a `Vec`");
    }
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(_) | GenericParam::Const(_) => errors.add(
                parameter,
                "a worker cannot be generic: JavaScript does not choose types. Use `isothreads::Value` for a value of any \
                 type",
            ),
        }
    }
}

fn check_argument(argument: &PatType, errors: &mut Errors) {
    if has_impl(argument.ty.to_token_stream()) {
        errors.add(
            &argument.ty,
            "a worker cannot be generic: name the type. `isothreads::Value` is a value of any type",
        );
    }
    if let Type::Reference(reference) = ungrouped(&argument.ty)
        && let Some(lifetime) = &reference.lifetime
        && lifetime.ident == "static"
    {
        errors.add(
            lifetime,
            "an argument borrows from its message, which is temporary: remove `'static`, or take an owned type",
        );
    }
}

fn check_conversation(rest: &[&Type], output: &ReturnType, errors: &mut Errors) {
    let mut values = Vec::new();
    for other in rest {
        if is_task_reference(other) || is_task(other) {
            errors.add(other, "a conversation gets its task from the port: `port.task()`");
        } else if is_parent_port(other) {
            errors.add(
                other,
                "a worker has one `ParentPort`; other ports arrive in its workerData or in messages",
            );
        } else {
            values.push(other);
        }
    }
    if let Some(second) = values.get(1) {
        errors.add(
            second,
            "a conversation takes its port and one value, the workerData: use a struct or a tuple",
        );
    }
    if let ReturnType::Type(_, returned) = output
        && !is_nothing(returned)
    {
        errors.add(
            returned,
            "a conversation returns nothing, or `Result<()>`: post its output instead",
        );
    }
}

/// `()`, `Result<()>`, `Result<(), E>`, or a `Result` without type arguments.
fn is_nothing(returned: &Type) -> bool {
    if is_unit(returned) {
        return true;
    }
    let Some(segment) = last_segment(returned).filter(|segment| segment.ident == "Result") else {
        return false;
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(value)) => is_unit(value),
            _ => true,
        },
        _ => true,
    }
}

/// Whether the function's result must be unwrapped.
pub(crate) fn returns_result(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, returned) if is_named(returned, "Result"))
}

fn is_unit(value: &Type) -> bool {
    matches!(ungrouped(value), Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn is_parent_port(value: &Type) -> bool {
    is_named(value, "ParentPort")
}

/// A reference is unambiguous, because no other type behind a reference could be deserialised.
fn is_task_reference(value: &Type) -> bool {
    matches!(ungrouped(value), Type::Reference(reference) if reference.mutability.is_none())
        && referenced(value).is_some_and(|value| is_named(value, "Task"))
}

/// By value, a `Task` may be the author's own type, unless its path says otherwise.
fn is_task(value: &Type) -> bool {
    match ungrouped(value) {
        Type::Reference(reference) => reference.mutability.is_some() && is_named(&reference.elem, "Task"),
        Type::Path(path) => {
            let names: Vec<_> = path
                .path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            names == ["isothreads", "Task"]
        }
        _ => false,
    }
}

fn is_named(value: &Type, name: &str) -> bool {
    last_segment(value).is_some_and(|segment| segment.ident == name)
}

fn last_segment(value: &Type) -> Option<&PathSegment> {
    match ungrouped(value) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn referenced(value: &Type) -> Option<&Type> {
    match ungrouped(value) {
        Type::Reference(reference) => Some(&reference.elem),
        _ => None,
    }
}

/// Without parentheses, and without the invisible groups around a type from another macro.
fn ungrouped(mut value: &Type) -> &Type {
    loop {
        value = match value {
            Type::Group(group) => &group.elem,
            Type::Paren(parentheses) => &parentheses.elem,
            _ => return value,
        }
    }
}

fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

/// Collects all errors instead of stopping at the first.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, place: impl ToTokens, message: &str) {
        let error = Error::new_spanned(place, message);
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
