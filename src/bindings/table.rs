//! How a file's functions become its part of the table, and how structs become JavaScript objects.

/// Declares `name => function(arguments);` for each function. The argument types determine the conversions.
macro_rules! bindings {
    ($($name:literal => $function:ident($($argument:ident),*);)*) => {
        pub(super) static BINDINGS: &[$crate::engine::bindings::Binding] = &[$(
            $crate::engine::bindings::Binding {
                name: $name,
                run: |call| {
                    #[allow(unused_mut, unused_variables)]
                    let mut arguments = call.arguments();
                    $(let $argument = arguments.take()?;)*
                    $crate::engine::bindings::Answer::answer($function($($argument),*), call)
                },
            }
        ),*];
    };
}

/// Reads a struct from an object's properties.
macro_rules! from_object {
    ($type:ident $(<$lifetime:lifetime>)? { $($field:ident: $name:literal),* $(,)? }) => {
        impl<'call> $crate::engine::value::FromValue<'call> for $type $(<$lifetime>)? {
            fn from_value(
                object: $crate::engine::value::Value<'call>,
            ) -> ::std::result::Result<Self, $crate::engine::bindings::Error> {
                Ok(Self { $($field: object.get($name)?),* })
            }
        }
    };
}

/// Creates an object from a struct. A field that is `None` becomes `null`.
macro_rules! into_object {
    ($type:ident { $($field:ident: $name:literal),* $(,)? }) => {
        impl<'call> $crate::engine::value::IntoValue<'call> for $type {
            fn into_value(
                self,
                call: $crate::engine::bindings::Call<'call>,
            ) -> $crate::engine::value::Value<'call> {
                $crate::engine::value::Value::object(call, [$(
                    ($name, $crate::engine::value::IntoValue::into_value(self.$field, call))
                ),*])
            }
        }
    };
}

pub(super) use {bindings, from_object, into_object};
