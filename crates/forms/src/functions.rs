//! Functions an expression may call: their names and how many arguments they take.

use crate::program::Ty;

macro_rules! functions {
    ($($variant:ident $name:literal $min:literal $max:literal $ty:ident),+ $(,)?) => {
        /// A function whose arguments are plain values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function { $($variant),+ }

        impl Function {
            /// Name, fewest and most arguments, and what it gives.
            pub const ALL: &[(&str, u8, u8, Function, Ty)] = &[$(($name, $min, $max, Function::$variant, Ty::$ty)),+];
        }
    };
}

functions! {
    Coalesce "coalesce" 2 2 Text,
    Concat "concat" 0 64 Text,
    Selected "selected" 2 2 Truth,
    SelectedAt "selected-at" 2 2 Text,
    CountSelected "count-selected" 1 1 Whole,
    StringLength "string-length" 1 1 Whole,
    Substr "substr" 2 3 Text,
    Contains "contains" 2 2 Truth,
    StartsWith "starts-with" 2 2 Truth,
    EndsWith "ends-with" 2 2 Truth,
    SubstringBefore "substring-before" 2 2 Text,
    SubstringAfter "substring-after" 2 2 Text,
    Translate "translate" 3 3 Text,
    NormalizeSpace "normalize-space" 1 1 Text,
    Number "number" 1 1 Number,
    Int "int" 1 1 Whole,
    Round "round" 1 2 Number,
    Floor "floor" 1 1 Whole,
    Ceiling "ceiling" 1 1 Whole,
    Min "min" 1 64 Number,
    Max "max" 1 64 Number,
    Abs "abs" 1 1 Number,
    Pow "pow" 2 2 Number,
    Sqrt "sqrt" 1 1 Number,
    Exp "exp" 1 1 Number,
    Exp10 "exp10" 1 1 Number,
    Log "log" 1 1 Number,
    Log10 "log10" 1 1 Number,
    Sin "sin" 1 1 Number,
    Cos "cos" 1 1 Number,
    Tan "tan" 1 1 Number,
    Asin "asin" 1 1 Number,
    Acos "acos" 1 1 Number,
    Atan "atan" 1 1 Number,
    Atan2 "atan2" 2 2 Number,
    Pi "pi" 0 0 Number,
    Checklist "checklist" 2 64 Truth,
    WeightedChecklist "weighted-checklist" 2 64 Truth,
    BooleanFromString "boolean-from-string" 1 1 Truth,
    Base64Decode "base64-decode" 1 1 Text,
    ExtractSigned "extract-signed" 2 2 Text,
    Join "join" 1 64 Text,
    Uuid "uuid" 0 1 Text,
    Distance "distance" 1 64 Number,
    Area "area" 1 64 Number,
    Geofence "geofence" 2 2 Truth,
    Digest "digest" 2 3 Text,
    Property "property" 1 1 Text,
    String "string" 1 1 Text,
    Date "date" 1 1 Date,
    FormatDate "format-date" 2 2 Text,
    FormatDateTime "format-date-time" 2 2 Text,
    DateTime "date-time" 1 1 Moment,
    DecimalDateTime "decimal-date-time" 1 1 Number,
    DecimalTime "decimal-time" 1 1 Number,
    Once "once" 1 1 Text,
    Random "random" 0 0 Number,
    Today "today" 0 0 Date,
    Now "now" 0 0 Moment,
    ReferenceDate "reference-date" 0 0 Date,
    ReferenceMoment "reference-moment" 0 0 Date,
    YearsBetween "years-between" 2 2 Whole,
    MonthsBetween "months-between" 2 2 Whole,
    AddMonths "add-months" 2 2 Date,
    IdOk "cn-id-ok" 1 1 Truth,
    IdBirth "cn-id-birth" 1 1 Date,
    IdSex "cn-id-sex" 1 1 Whole,
    RandomName "random-name" 0 1 Text,
    RandomId "random-cn-id" 2 2 Text,
}

impl Function {
    /// Whether it takes a moment as it is. Everywhere else a moment is its day, as in JavaRosa.
    pub fn takes_moment(self) -> bool {
        matches!(
            self,
            Function::FormatDate
                | Function::FormatDateTime
                | Function::DateTime
                | Function::DecimalDateTime
                | Function::DecimalTime
                | Function::Coalesce
                | Function::Once
        )
    }

    /// Whether the result is not a function of the arguments, so that it must be kept with the answers.
    pub fn is_volatile(self) -> bool {
        matches!(
            self,
            Function::Once
                | Function::Random
                | Function::Uuid
                | Function::Today
                | Function::Now
                | Function::Property
                | Function::RandomName
                | Function::RandomId
        )
    }
}

/// Functions handled by the compiler itself, for suggestions.
pub(crate) const SPECIAL: &[&str] = &[
    "if",
    "not",
    "true",
    "false",
    "boolean",
    "count",
    "count-non-empty",
    "sum",
    "min",
    "max",
    "join",
    "position",
    "regex",
    "indexed-repeat",
    "jr:choice-name",
    "current",
    "version",
    "last",
    "instance",
    "pulldata",
    "randomize",
];

/// Functions of ODK that are not here, and what to do instead.
pub(crate) const ABSENT: &[(&str, &str)] =
    &[("jr:itext", "translations are columns of the workbook: `label::English (en)`")];
