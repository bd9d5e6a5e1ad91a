//! Questions that came, went, changed their name or their place.

use super::{Changes, Topic, Weight, short};
use crate::definition::{Definition, Item, Kind};
use crate::form::Form;
use crate::workbench::Speech;
use crate::workbench::locate::around;
use crate::workbench::speech::say;

/// Which item of the old form is which of the new.
pub(super) struct Pairs {
    /// Old and new index, in the order of the new form; those whose name changed are among them.
    pub same: Vec<(usize, usize)>,
    pub dropped: Vec<usize>,
    pub added: Vec<usize>,
}

/// Pairs items by name and repeats around them; then by name alone; then what is left over by label.
pub(super) fn pair(old: &Form, new: &Form) -> Pairs {
    let (old, new) = (old.definition(), new.definition());
    let mut partner: Vec<Option<usize>> = vec![None; new.items.len()];
    let mut taken = vec![false; old.items.len()];
    let mut index: std::collections::HashMap<&str, Vec<usize>> = std::collections::HashMap::new();
    old.items.iter().enumerate().for_each(|(o, item)| index.entry(&item.name).or_default().push(o));
    let group = |d: &Definition, i: usize| d.items[i].parent.map(|p| d.items[p as usize].name.clone());
    // The same name in the same group first, then anywhere in the same repeat, then anywhere.
    for round in 0..3 {
        for n in (0..new.items.len()).filter(|n| partner[*n].is_none()).collect::<Vec<_>>() {
            let same = index.get(new.items[n].name.as_str()).into_iter().flatten().copied().find(|o| {
                !taken[*o]
                    && match round {
                        0 => around(old, *o) == around(new, n) && group(old, *o) == group(new, n),
                        1 => around(old, *o) == around(new, n),
                        _ => old.items[*o].kind.is_group() == new.items[n].kind.is_group(),
                    }
            });
            if let Some(o) = same {
                (partner[n], taken[o]) = (Some(o), true);
            }
        }
    }
    let mut labels: std::collections::HashMap<&str, Vec<usize>> = std::collections::HashMap::new();
    for (o, item) in old.items.iter().enumerate().filter(|(o, _)| !taken[*o]) {
        item.label.0.iter().filter(|l| !l.is_empty()).for_each(|l| labels.entry(l).or_default().push(o));
    }
    for n in (0..new.items.len()).filter(|n| partner[*n].is_none()).collect::<Vec<_>>() {
        let item = &new.items[n];
        let alike =
            |o: &usize| std::mem::discriminant(&old.items[*o].kind) == std::mem::discriminant(&item.kind) && !taken[*o];
        let found = item.label.0.iter().filter_map(|l| labels.get(l.as_str())).flatten().copied().find(alike);
        if let Some(o) = found {
            (partner[n], taken[o]) = (Some(o), true);
        }
    }
    Pairs {
        same: partner.iter().enumerate().filter_map(|(n, o)| Some(((*o)?, n))).collect(),
        dropped: (0..old.items.len()).filter(|o| !taken[*o] && !old.items[*o].is_added()).collect(),
        added: (0..new.items.len()).filter(|n| partner[*n].is_none() && !new.items[*n].is_added()).collect(),
    }
}

/// The form's own settings.
pub(super) fn form(old: &Form, new: &Form, speech: Speech, changes: &mut Changes) {
    let (a, b) = (old.definition(), new.definition());
    let mut changed = |what: &str, was: &str, is: &str, weight: Weight, why: String| {
        if was != is {
            let (was, is) = (short(was), short(is));
            let text = say!(speech, "{what}: `{was}` → `{is}`", "{what}：`{was}` → `{is}`");
            changes.add(Topic::Form, weight, if why.is_empty() { text } else { format!("{text}\n{why}") });
        }
    };
    let other = say!(
        speech,
        "this is another form: its answers go into tables of their own",
        "这是另一张表：答案进入另外的数据表"
    );
    changed("form_id", &a.id, &b.id, Weight::Breaks, other);
    let day = |d: &Definition| d.reference_date.map_or(String::new(), |d| d.to_string());
    let ages = say!(speech, "ages of the two versions are counted at different days", "两版的年龄按不同日期计算");
    changed("reference_date", &day(a), &day(b), Weight::Look, ages);
    changed("version", &a.version, &b.version, Weight::Fine, String::new());
    changed(speech.pick("title", "标题"), a.title.get(0), b.title.get(0), Weight::Fine, String::new());
    let names = |d: &Definition| d.languages.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ");
    changed(speech.pick("languages", "语言"), &names(a), &names(b), Weight::Fine, String::new());
    let names = a.settings.iter().chain(b.settings.iter().filter(|(n, _)| a.settings.iter().all(|(m, _)| m != n)));
    for (name, _) in names {
        changed(name, a.setting(name), b.setting(name), Weight::Fine, String::new());
    }
    if a.version == b.version && a != b {
        let version = &a.version;
        let text = say!(
            speech,
            "the forms differ and are both version `{version}`: give the new one a new version",
            "两表内容不同，版本却都是 `{version}`：请给新版一个新版本号"
        );
        changes.add(Topic::Form, Weight::Look, text);
    }
}

/// `h7_rooms “How many rooms …?”`
pub(super) fn called(form: &Form, item: usize, speech: Speech) -> String {
    let definition = form.definition();
    let own = definition.languages.iter().position(|l| Speech::of(&l.code) == speech).unwrap_or(0);
    let Item { name, label, .. } = &definition.items[item];
    match label.get(own) {
        "" => name.clone(),
        label => format!("{name} “{}”", short(label)),
    }
}

/// What stands before an item among its siblings, or the group it opens.
fn place(form: &Form, item: usize, speech: Speech) -> String {
    let definition = form.definition();
    let parent = definition.items[item].parent;
    let before = (0..item).rev().find(|i| definition.items[*i].parent == parent);
    match (before, parent.map(|p| &definition.items[p as usize].name)) {
        (Some(before), _) => {
            let name = &definition.items[before].name;
            say!(speech, "after `{name}`", "在 `{name}` 之后")
        }
        (None, Some(group)) => say!(speech, "first in `{group}`", "在 `{group}` 的最前面"),
        (None, None) => speech.pick("at the start", "在最前面").into(),
    }
}

pub(super) fn questions(old: &Form, new: &Form, pairs: &Pairs, speech: Speech, changes: &mut Changes) {
    for n in &pairs.added {
        let (name, at) = (called(new, *n, speech), place(new, *n, speech));
        let text = say!(speech, "+ {name} is new, {at}", "+ 新增 {name}，{at}");
        changes.add(Topic::Questions, Weight::Fine, text);
    }
    for o in &pairs.dropped {
        let name = called(old, *o, speech);
        changes.add(Topic::Questions, Weight::Fine, say!(speech, "- {name} is gone", "- 删去 {name}"));
    }
    let stays = unmoved(pairs);
    for (o, n) in &pairs.same {
        let (was, is) = (&old.definition().items[*o], &new.definition().items[*n]);
        if was.name != is.name {
            let (before, name) = (&was.name, called(new, *n, speech));
            let text = say!(
                speech,
                "~ `{before}` is called {name} now: the same label under another name",
                "~ `{before}` 改名为 {name}：文字相同，名称不同"
            );
            changes.add(Topic::Questions, Weight::Fine, text);
        }
        if std::mem::discriminant(&was.kind) != std::mem::discriminant(&is.kind) {
            let (name, before, after) = (called(new, *n, speech), kind(was.kind, speech), kind(is.kind, speech));
            let text = say!(speech, "~ {name}: {before} → {after}", "~ {name}：{before} → {after}");
            changes.add(Topic::Questions, Weight::Fine, text);
        }
        let group = |form: &Form, i: usize| {
            let definition = form.definition();
            definition.items[i].parent.map(|p| definition.items[p as usize].name.clone())
        };
        // A group moves its questions along; only the group itself is told.
        let followed = is.parent.is_some_and(|p| {
            pairs.same.iter().any(|(po, pn)| *pn == p as usize && Some(*po as u32) == was.parent && !stays.contains(pn))
        });
        let regrouped = group(old, *o) != group(new, *n)
            && !pairs.same.iter().any(|(po, pn)| Some(*po as u32) == was.parent && Some(*pn as u32) == is.parent);
        if regrouped || (!stays.contains(n) && !followed) {
            let (name, from, to) = (called(new, *n, speech), place(old, *o, speech), place(new, *n, speech));
            let text = say!(speech, "> {name} has moved: {to} (it was {from})", "> {name} 移动了：{to}（原{from}）");
            changes.add(Topic::Questions, Weight::Fine, text);
        }
    }
}

/// New indexes of the items that kept their order: a longest increasing run of old indexes.
fn unmoved(pairs: &Pairs) -> std::collections::HashSet<usize> {
    // Piles by the smallest last old index, with a link to the entry before.
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.same.len());
    for (at, (o, _)) in pairs.same.iter().enumerate() {
        let pile = piles.partition_point(|p| pairs.same[*p].0 < *o);
        before.push(pile.checked_sub(1).map(|p| piles[p]));
        if pile == piles.len() {
            piles.push(at);
        } else {
            piles[pile] = at;
        }
    }
    let mut out = std::collections::HashSet::new();
    let mut here = piles.last().copied();
    while let Some(at) = here {
        out.insert(pairs.same[at].1);
        here = before[at];
    }
    out
}

/// What a question is, in a word or two.
pub(crate) fn kind(kind: Kind, speech: Speech) -> String {
    match kind {
        Kind::Group => speech.pick("group", "组"),
        Kind::Repeat => speech.pick("repeat", "重复组"),
        Kind::Text => speech.pick("text", "文本"),
        Kind::Integer => speech.pick("whole number", "整数"),
        Kind::Decimal => speech.pick("number", "数值"),
        Kind::Date => speech.pick("day", "日期"),
        Kind::YearMonth => speech.pick("month", "年月"),
        Kind::SelectOne(_) => speech.pick("one choice", "单选"),
        Kind::SelectMultiple(_) => speech.pick("any choices", "多选"),
        Kind::Geopoint => speech.pick("place", "位置"),
        Kind::Geotrace => speech.pick("line", "线"),
        Kind::Geoshape => speech.pick("area", "面"),
        Kind::Time => speech.pick("time of day", "时刻"),
        Kind::DateTime => speech.pick("day and time", "日期和时刻"),
        Kind::Rank(_) => speech.pick("choices in order", "排序"),
        Kind::Image => speech.pick("photo", "照片"),
        Kind::Audio => speech.pick("sound", "录音"),
        Kind::Video => speech.pick("film", "录像"),
        Kind::File => speech.pick("file", "文件"),
        Kind::Note => speech.pick("text to read", "说明文字"),
        Kind::Calculate => speech.pick("computed", "计算"),
        Kind::Hidden => speech.pick("filled from outside", "外部带入"),
        Kind::Acknowledge => speech.pick("tick box", "勾选框"),
    }
    .to_owned()
}
