//! Durations and times as values of the language. The crate has its own behind a feature that brings a
//! second database of time zones; these are the ones the rest of `jit` calculates with.

use std::any::Any;
use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use cel::common::traits::{Adder, Comparer, Subtractor};
use cel::common::types::{CelInt, CelString, DURATION_TYPE, STRING_TYPE, TIMESTAMP_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::domain::{Span, Time};

/// A `duration`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Length(SignedDuration);

/// A `timestamp`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment(Timestamp);

/// What a part of a time is called, with and without a time zone. As in CEL, months, days of the
/// month and days of the year count from 0 (`getDate` from 1), and the week starts on Sunday, 0.
pub(super) const PARTS: [&str; 10] = [
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];

/// The functions of the language. Built once: a context borrows it.
pub(super) fn environment() -> Arc<Env> {
    static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::default().with_optional_support(false).with_stdlib();
        // Only a function that is there already is refused, and then that one is called.
        let _ = declare(&mut env);
        Arc::new(env)
    });
    Arc::clone(&ENVIRONMENT)
}

macro_rules! declare_parts {
    ($env:ident: $($name:literal => $part:expr),+ $(,)?) => {$(
        $env.add_member_overload($name, $name, TIMESTAMP_TYPE, vec![], |args| part(&args, $part))?;
        $env.add_member_overload(
            $name, concat!($name, "_in"), TIMESTAMP_TYPE, vec![STRING_TYPE], |args| part(&args, $part),
        )?;
    )+};
}

fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("duration", "string_to_duration", vec![STRING_TYPE], |args| {
        let length = text(&args, 0)?.parse::<Span>().map_err(|error| failed("duration", error))?;
        Ok(CowVal::owned(Length::from(length)))
    })?;
    env.add_overload("timestamp", "string_to_timestamp", vec![STRING_TYPE], |args| {
        let time = text(&args, 0)?.parse::<Time>().map_err(|error| failed("timestamp", error))?;
        Ok(CowVal::owned(Moment::from(time)))
    })?;
    declare_parts!(env:
        "getFullYear" => |at| i64::from(at.year()),
        "getMonth" => |at| i64::from(at.month()) - 1,
        "getDate" => |at| i64::from(at.day()),
        "getDayOfMonth" => |at| i64::from(at.day()) - 1,
        "getDayOfWeek" => |at| i64::from(at.weekday().to_sunday_zero_offset()),
        "getDayOfYear" => |at| i64::from(at.day_of_year()) - 1,
        "getHours" => |at| i64::from(at.hour()),
        "getMinutes" => |at| i64::from(at.minute()),
        "getSeconds" => |at| i64::from(at.second()),
        "getMilliseconds" => |at| i64::from(at.millisecond()),
    );
    Ok(())
}

/// A part of a time in UTC, or in the zone that a second argument names.
fn part<'b, 'v>(args: &[CowVal<'b, 'v>], of: fn(&Zoned) -> i64) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let moment = args.first().and_then(|arg| arg.downcast_ref::<Moment>()).ok_or_else(no_argument)?;
    let zone = if args.len() > 1 { zone(text(args, 1)?)? } else { TimeZone::UTC };
    Ok(CowVal::owned(CelInt::from(of(&moment.0.to_zoned(zone)))))
}

/// A zone by its name in the IANA database.
pub(super) fn zone(name: &str) -> Result<TimeZone, ExecutionError> {
    TimeZone::get(name).map_err(|error| failed("zone", error))
}

fn text<'a>(args: &'a [CowVal<'_, '_>], number: usize) -> Result<&'a str, ExecutionError> {
    let text = args.get(number).and_then(|arg| arg.downcast_ref::<CelString<'_>>());
    text.map(CelString::inner).ok_or_else(no_argument)
}

fn no_argument() -> ExecutionError {
    ExecutionError::missing_argument_or_target()
}

fn failed(function: &str, error: impl ToString) -> ExecutionError {
    ExecutionError::function_error(function, error)
}

/// Past what a duration or a time can be.
fn overflow<'b, 'v>() -> Result<CowVal<'b, 'v>, ExecutionError> {
    Err(failed("arithmetic", "out of range"))
}

impl Length {
    pub fn from_secs(secs: i64) -> Self {
        Self(SignedDuration::from_secs(secs))
    }
}

impl From<Span> for Length {
    fn from(span: Span) -> Self {
        Self(SignedDuration::from_millis(span.millis()))
    }
}

impl From<Time> for Moment {
    /// The last two days of the year 9999, which `jiff` keeps for its zones, become its last instant.
    fn from(time: Time) -> Self {
        Self(Timestamp::from_millisecond(time.millis()).unwrap_or(Timestamp::MAX))
    }
}

impl StaticVal for Length {}
impl StaticVal for Moment {}

macro_rules! value {
    ($name:ident, $kind:ident) => {
        impl Val for $name {
            fn get_type(&self) -> &Type {
                Self::cel_type()
            }

            fn cel_type() -> &'static Type {
                &$kind
            }

            fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_comparer(&self) -> Option<&dyn Comparer> {
                Some(self)
            }

            fn equals(&self, other: &dyn Val) -> bool {
                other.downcast_ref::<Self>() == Some(self)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
            where
                Self: 'v,
            {
                Box::new(*self)
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }

        impl Comparer for $name {
            fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
                other.downcast_ref::<Self>().map(|other| self.0.cmp(&other.0)).ok_or_else(no_argument)
            }
        }
    };
}

value!(Length, DURATION_TYPE);
value!(Moment, TIMESTAMP_TYPE);

impl Adder for Length {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        if let Some(moment) = other.downcast_ref::<Moment>() {
            return moment.plus(*self);
        }
        let other = other.downcast_ref::<Self>().ok_or_else(no_argument)?;
        self.0.checked_add(other.0).map_or_else(overflow, |sum| Ok(CowVal::owned(Self(sum))))
    }
}

impl Subtractor for Length {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = other.downcast_ref::<Self>().ok_or_else(no_argument)?;
        self.0.checked_sub(other.0).map_or_else(overflow, |rest| Ok(CowVal::owned(Self(rest))))
    }
}

impl Moment {
    fn plus<'b, 'v>(self, length: Length) -> Result<CowVal<'b, 'v>, ExecutionError> {
        self.0.checked_add(length.0).map_or_else(|_| overflow(), |sum| Ok(CowVal::owned(Self(sum))))
    }
}

impl Adder for Moment {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.plus(*other.downcast_ref::<Length>().ok_or_else(no_argument)?)
    }
}

impl Subtractor for Moment {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        if let Some(other) = other.downcast_ref::<Self>() {
            return Ok(CowVal::owned(Length(self.0.duration_since(other.0))));
        }
        let length = other.downcast_ref::<Length>().ok_or_else(no_argument)?;
        self.0.checked_sub(length.0).map_or_else(|_| overflow(), |rest| Ok(CowVal::owned(Self(rest))))
    }
}
