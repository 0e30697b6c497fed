//! 关键词 of a text: the words that weigh most by how often it has them and how rare they are among all items.

use std::collections::HashMap;

use serde::Serialize;

use super::segment::Words;
use super::terms::{Frequencies, Terms, WordKey, word_key};

/// Words looked at for each one that is given.
const LOOKED_AT: usize = 6;
/// Words of asking and telling, which say nothing of what a text is about. In an office of many items they weigh little by
/// themselves; in one that has just begun no word is known to be common.
const LIGHT: &[&str] = &[
    "我们",
    "他们",
    "自己",
    "大家",
    "这个",
    "那个",
    "一个",
    "这里",
    "那里",
    "这样",
    "怎么",
    "什么",
    "为什么",
    "如何",
    "没有",
    "已经",
    "现在",
    "目前",
    "因为",
    "所以",
    "但是",
    "而且",
    "如果",
    "以及",
    "或者",
    "进行",
    "问题",
    "情况",
    "建议",
    "希望",
    "请求",
    "反映",
    "有关",
    "部门",
    "相关",
    "领导",
    "政府",
    "可以",
    "能够",
    "应该",
    "应当",
    "需要",
    "必须",
    "一直",
    "还是",
    "就是",
    "不是",
    "不能",
    "导致",
    "造成",
    "影响",
    "严重",
    "解决",
    "处理",
    "尊敬",
    "您好",
    "谢谢",
    "增加",
    "加强",
    "提高",
    "加快",
    "完善",
    "推动",
    "附近",
    "每天",
    "时间",
    "今年",
    "去年",
    "不到",
    "出来",
    "起来",
    "之后",
];

/// A keyword.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Keyword {
    /// In searchable form.
    pub word: String,
    /// How often the text has it.
    pub times: usize,
    /// How much it weighs beside the others.
    pub weight: f32,
}

/// The `limit` words of a text that weigh most, heaviest first. A word within another of them is left out.
pub fn keywords(words: &Words, frequencies: &Frequencies, limit: usize) -> Vec<Keyword> {
    let mut known: HashMap<WordKey, (&str, usize)> = HashMap::new();
    for cut in [&words.title, &words.body] {
        for word in cut.tokens.iter().map(|token| cut.word(token)) {
            known.entry(word_key(word)).or_insert((word, 0)).1 += 1;
        }
    }
    let mut out: Vec<Keyword> = Vec::new();
    for (key, weight) in Terms::of(words, frequencies).heaviest(limit * LOOKED_AT) {
        let Some((word, times)) = known.get(&key).copied().filter(|(word, _)| tells(word)) else { continue };
        if out.iter().any(|kept| kept.word.contains(word)) {
            continue;
        }
        let full = out.len() == limit;
        match out.iter_mut().find(|kept| word.contains(kept.word.as_str())) {
            Some(kept) => word.clone_into(&mut kept.word),
            None if full => {}
            None => out.push(Keyword { word: word.to_owned(), times, weight }),
        }
    }
    out
}

fn tells(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().any(char::is_alphabetic) && !LIGHT.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    #[test]
    fn what_a_text_is_about_comes_first_and_words_of_asking_do_not_come_at_all() {
        let segmenter = Segmenter::plain();
        let words = Words {
            title: segmenter.for_index("建议整治搅拌站扬尘"),
            body: segmenter.for_index("搅拌站的扬尘落满阳台，我们没有办法开窗，希望有关部门12月处理搅拌站。"),
        };
        let common = ["阳台", "办法", "开窗"].map(|word| (word_key(word), 400));
        let found = keywords(&words, &Frequencies::from_counts(1000, common), 3);
        let names: Vec<&str> = found.iter().map(|keyword| keyword.word.as_str()).collect();
        assert!(names.contains(&"搅拌站") && names.contains(&"扬尘"), "{names:?}");
        assert_eq!(found.iter().find(|keyword| keyword.word == "搅拌站").map(|it| it.times), Some(3));
        assert!(
            names.iter().all(|name| !["建议", "我们", "希望", "部门", "12", "搅拌"].contains(name)),
            "{names:?}"
        );
    }
}
