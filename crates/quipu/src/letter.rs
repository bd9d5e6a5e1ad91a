//! The page of an activation letter: for paper, in Chinese and English.

use areas::AreaTree;
use event::head::CensusDefined;
use node::office::{SUPERVISED_MAX, role_names};
use qrcode::QrCode;
use qrcode::render::svg;
use store::Staff;
use types::AreaId;

use crate::error::{Error, Result};

/// Most enumeration areas named on the page; of more, it says how many.
const NAMED_MAX: usize = 12;

/// What a letter says.
pub struct Letter<'a> {
    pub census: &'a CensusDefined,
    pub staff: &'a Staff,
    pub areas: &'a AreaTree,
    /// Whose keys it brings; `None` when the post is over too many.
    pub eas: Option<&'a [AreaId]>,
    /// In groups of four.
    pub code: &'a str,
    /// Where the QR code leads.
    pub link: &'a str,
}

impl Letter<'_> {
    /// The page: one file, nothing from outside it.
    pub fn html(&self) -> Result<String> {
        let code = QrCode::new(self.link).map_err(|error| Error::Refused(format!("no QR code: {error}")))?;
        let qr = code.render::<svg::Color>().min_dimensions(240, 240).build();
        // Inside a page an image has no XML declaration.
        let qr = qr.find("<svg").map_or("", |at| &qr[at..]);
        let name = |language: &str| {
            let text = self.census.names.iter().find(|name| name.language == language).or(self.census.names.first());
            escape(text.map_or("", |name| name.text.as_str()))
        };
        let pilot = if self.census.test { "<p class=pilot>试点 · Pilot</p>" } else { "" };
        let (role_en, role_zh) = role_names(self.staff.role);
        let values = [
            ("{census_zh}", name("zh")),
            ("{census_en}", name("en")),
            ("{pilot}", pilot.to_owned()),
            ("{name}", escape(&self.staff.name)),
            ("{staff}", escape(&self.staff.login)),
            ("{role}", format!("{role_zh} · {role_en}")),
            ("{areas}", escape(&self.area_names())),
            ("{qr}", qr.to_owned()),
            ("{code}", escape(self.code)),
            ("{keys}", self.keys()),
            ("{address}", escape(self.link.split("#code").next().unwrap_or_default())),
        ];
        let page = include_str!("letter.html").to_owned();
        Ok(values.iter().fold(page, |page, (hole, value)| page.replace(hole, value)))
    }

    fn area_names(&self) -> String {
        let (post, eas) = ([self.staff.area], self.eas.unwrap_or_default());
        let areas = if eas.is_empty() || eas.len() > NAMED_MAX { &post[..] } else { eas };
        let named = |area: &AreaId| {
            let name = self.areas.name(*area, &["zh", "en"]).unwrap_or_default();
            format!("{} {name}", self.areas.code(*area).unwrap_or_default())
        };
        let list: Vec<String> = areas.iter().map(named).collect();
        let more = if eas.len() > NAMED_MAX { format!(" ({})", eas.len()) } else { String::new() };
        list.join(", ") + &more
    }

    /// What the letter opens.
    fn keys(&self) -> String {
        let lines = match self.eas {
            Some(_) => [
                "此信可以打开您负责区域内的姓名，请像钥匙一样保管。".to_owned(),
                "This letter opens the names in your area: keep it as you keep a key.".to_owned(),
            ],
            None => [
                format!("此信不能打开姓名：您负责的区域超过手机可以显示的 {SUPERVISED_MAX} 个小区，请使用管理端。"),
                format!(
                    "This letter opens no names: your area has more than the {SUPERVISED_MAX} enumeration areas that a \
                     phone follows. Use the console."
                ),
            ],
        };
        lines.join("<br>\n")
    }
}

/// Text for a page; braces too, so that a name cannot be a hole.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '{' | '}' => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_neither_markup_nor_a_hole() {
        assert_eq!(escape("Li <b>{code}"), "Li &#60;b&#62;&#123;code&#125;");
        assert_eq!(escape("李雷 O-1"), "李雷 O-1");
    }

    #[test]
    fn a_letter_without_keys_says_so_in_both_languages() {
        let census = CensusDefined::default();
        let staff = Staff {
            staff: types::StaffId(1),
            role: types::Role::Supervisor,
            area: AreaId(0),
            name: "Sun".into(),
            login: "S-1".into(),
            password_hash: String::new(),
            phone: String::new(),
        };
        let areas = AreaTree::new();
        let page = |eas| {
            let letter = Letter { census: &census, staff: &staff, areas: &areas, eas, code: "A-B", link: "https://x" };
            letter.html().unwrap()
        };
        let (with, without) = (page(Some(&[][..])), page(None));
        assert!(with.contains("This letter opens the names") && !with.contains("opens no names"), "{with}");
        assert!(without.contains("This letter opens no names") && without.contains("此信不能打开姓名"), "{without}");
        assert!(without.contains("2000") && !without.contains("{keys}"));
    }
}
