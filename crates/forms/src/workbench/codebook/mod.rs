//! A codebook: every question of a form with its texts, codes, rules and columns, in Chinese and English side by side,
//! for people who read the data and for those who print it.
//!
//! Start at [`html`] or [`markdown`]; `page.rs` gathers what stands on it, `plain.rs` puts expressions into words.

mod html;
mod markdown;
mod page;
mod plain;

use crate::form::Form;

/// A page that prints well, with contents and a link target for each question. It needs no other file.
pub fn html(form: &Form) -> String {
    html::write(&page::Page::of(form))
}

/// The same as Markdown.
pub fn markdown(form: &Form) -> String {
    markdown::write(&page::Page::of(form))
}
