//! The words a line may start with, in English and Chinese.

/// What a keyword opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Given,
    AsIn,
    Add,
    Remove,
    Confirm,
    Asks,
    DoesNotAsk,
    AsksInOrder,
    Offers,
    OffersOnly,
    DoesNotOffer,
    Requires,
    DoesNotRequire,
    Refuses,
    DoesNotRefuse,
    Warns,
    DoesNotWarn,
    Accepts,
    CannotTake,
    Recorded,
    Sealed,
    NeedsReview,
    Warned,
    Clean,
}

/// Every keyword. The first of a word is the one to teach.
pub(super) const WORDS: &[(Word, &[&str])] = &[
    (Word::Given, &["given", "已知"]),
    (Word::AsIn, &["as in", "同"]),
    (Word::Add, &["add", "添加"]),
    (Word::Remove, &["remove", "删除"]),
    (Word::Confirm, &["confirm", "说明"]),
    (Word::Asks, &["asks", "询问"]),
    (Word::DoesNotAsk, &["does not ask", "不询问"]),
    (Word::AsksInOrder, &["asks in order", "依次询问"]),
    (Word::Offers, &["offers", "可选"]),
    (Word::OffersOnly, &["offers only", "只可选"]),
    (Word::DoesNotOffer, &["does not offer", "不可选"]),
    (Word::Requires, &["requires", "必填"]),
    (Word::DoesNotRequire, &["does not require", "不必填"]),
    (Word::Refuses, &["refuses", "refused", "不接受"]),
    (Word::DoesNotRefuse, &["does not refuse", "不拒绝"]),
    (Word::Warns, &["warns", "提示"]),
    (Word::DoesNotWarn, &["does not warn", "不提示"]),
    (Word::Accepts, &["accepts", "accepted", "接受"]),
    (Word::CannotTake, &["cannot take", "填不进"]),
    (Word::Recorded, &["recorded", "records", "记录"]),
    (Word::Sealed, &["sealed", "seals", "封存"]),
    (Word::NeedsReview, &["needs review", "需复核"]),
    (Word::Warned, &["warned", "有提示"]),
    (Word::Clean, &["clean", "无问题"]),
];

/// The keyword a line starts with, and what stands behind its colon; `None` behind it when there is no colon.
pub(super) fn keyword(line: &str) -> Option<(Word, Option<&str>)> {
    let colon = line.find([':', '：']);
    let (head, rest) = match colon {
        Some(at) => {
            let width = line[at..].chars().next().map_or(1, char::len_utf8);
            (line[..at].trim(), Some(line[at + width..].trim()))
        }
        None => (line.trim(), None),
    };
    let lower = head.to_lowercase();
    WORDS.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(word, _)| (*word, rest))
}

/// Words for "no answer".
pub(super) const NOTHING: &[&str] = &["nothing", "空"];
/// What stands before the answers an expectation is tried with.
pub(super) const WHEN: &[&str] = &[" when ", " 当 ", "，当"];
/// What stands between two answers behind `when`.
pub(super) const AND: &[&str] = &[" and ", " 且 ", "，且"];
/// What stands between two values.
pub(super) const OR: &[&str] = &[",", "，", "、", " or ", " 或 ", "或"];
