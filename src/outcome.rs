//! `Outcome`: everything that work can give. One type inside, so that waiting, cancelling and telling are
//! compiled once and not for each kind; outside every operation says by its own type what it gives.

use crate::error::Result;
use crate::identity::Token;
use crate::sensitive::Sensitive;
use crate::vault::{Secret, SecretProperties};

/// What came of work.
#[doc(hidden)]
pub enum Outcome {
    Token(Token),
    Secret(Secret),
    Properties(SecretProperties),
    Page(Vec<SecretProperties>),
    Secrets(Vec<Result<Secret>>),
    Blob(Sensitive),
    Nothing,
}

/// The kinds of it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    Secret,
    Properties,
    Page,
    Secrets,
    Blob,
    Nothing,
}

/// What an [`Operation`](crate::Operation) can give: a token, a secret or its properties, a page or list of
/// them, a backup, or nothing but that it worked. Closed: nothing else implements it.
pub trait Output: sealed::Sealed + Sized + Send + 'static {
    #[doc(hidden)]
    const KIND: Kind;

    #[doc(hidden)]
    fn into_outcome(self) -> Outcome;

    #[doc(hidden)]
    fn from_outcome(outcome: Outcome) -> Option<Self>;
}

/// What comes in pages, and in lists: a secret's properties, or what came of one of many secrets. Closed, too.
pub trait Item: sealed::Sealed + Sized + Send + 'static {
    #[doc(hidden)]
    const KIND: Kind;

    #[doc(hidden)]
    fn into_outcome(items: Vec<Self>) -> Outcome;

    #[doc(hidden)]
    fn from_outcome(outcome: Outcome) -> Option<Vec<Self>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! outputs {
    ($($kind:ident: $type:ty,)*) => {$(
        impl sealed::Sealed for $type {}

        impl Output for $type {
            const KIND: Kind = Kind::$kind;

            fn into_outcome(self) -> Outcome {
                Outcome::$kind(self)
            }

            fn from_outcome(outcome: Outcome) -> Option<Self> {
                match outcome {
                    Outcome::$kind(output) => Some(output),
                    _ => None,
                }
            }
        }
    )*};
}

outputs! {
    Token: Token,
    Secret: Secret,
    Properties: SecretProperties,
    Blob: Sensitive,
}

impl Item for SecretProperties {
    const KIND: Kind = Kind::Page;

    fn into_outcome(items: Vec<Self>) -> Outcome {
        Outcome::Page(items)
    }

    fn from_outcome(outcome: Outcome) -> Option<Vec<Self>> {
        match outcome {
            Outcome::Page(items) => Some(items),
            _ => None,
        }
    }
}

impl sealed::Sealed for Result<Secret> {}

impl Item for Result<Secret> {
    const KIND: Kind = Kind::Secrets;

    fn into_outcome(items: Vec<Self>) -> Outcome {
        Outcome::Secrets(items)
    }

    fn from_outcome(outcome: Outcome) -> Option<Vec<Self>> {
        match outcome {
            Outcome::Secrets(items) => Some(items),
            _ => None,
        }
    }
}

impl<T: Item> sealed::Sealed for Vec<T> {}

impl<T: Item> Output for Vec<T> {
    const KIND: Kind = T::KIND;

    fn into_outcome(self) -> Outcome {
        T::into_outcome(self)
    }

    fn from_outcome(outcome: Outcome) -> Option<Self> {
        T::from_outcome(outcome)
    }
}

impl sealed::Sealed for () {}

impl Output for () {
    const KIND: Kind = Kind::Nothing;

    fn into_outcome(self) -> Outcome {
        Outcome::Nothing
    }

    fn from_outcome(outcome: Outcome) -> Option<Self> {
        matches!(outcome, Outcome::Nothing).then_some(())
    }
}
