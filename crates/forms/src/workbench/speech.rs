//! The languages the workbench itself speaks, whatever languages a form has.

/// A language of the workbench's own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// English.
    #[default]
    English,
    /// Chinese, simplified.
    Chinese,
}

impl Speech {
    /// The language of a code such as `zh`, `zh-Hans`, `zh_CN.UTF-8`, `en`; English for any other.
    pub fn of(code: &str) -> Speech {
        let code = code.to_lowercase();
        if code.starts_with("zh") || code == "中文" { Speech::Chinese } else { Speech::English }
    }

    /// One of two texts.
    pub fn pick<T>(self, english: T, chinese: T) -> T {
        match self {
            Speech::English => english,
            Speech::Chinese => chinese,
        }
    }

    /// `a, b, c` as the language writes it.
    pub(crate) fn list<S: AsRef<str>>(self, items: impl IntoIterator<Item = S>) -> String {
        let items: Vec<S> = items.into_iter().collect();
        let texts: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        texts.join(self.pick(", ", "、"))
    }
}

/// `say!(speech, "English {x}", "中文 {x}")`
macro_rules! say {
    ($speech:expr, $english:literal, $chinese:literal $(,)?) => {
        match $speech {
            $crate::workbench::Speech::English => format!($english),
            $crate::workbench::Speech::Chinese => format!($chinese),
        }
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_known_by_its_first_letters() {
        assert_eq!(
            ["zh_CN.UTF-8", "zh-Hant", "en_GB", "C", ""].map(Speech::of).map(|s| s == Speech::Chinese),
            [true, true, false, false, false]
        );
    }
}
