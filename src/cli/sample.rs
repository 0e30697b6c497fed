//! Items to show and to measure with: the bundled ones, and distinct ones made by recombining their sentences.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

/// The items of the demonstration, written for this project.
const DEMO: &[&str] = &[
    include_str!("../../config/demo/items-1.jsonl"),
    include_str!("../../config/demo/items-2.jsonl"),
    include_str!("../../config/demo/items-3.jsonl"),
];
/// Items that the intake must refuse; `expect` says why and is taken off before posting.
const BAD: &str = include_str!("../../config/demo/bad-items.jsonl");
/// Positions in a made text, each with a bucket of sentences of its own.
const POSITIONS: usize = 9;
/// Fewest sentences of a made text.
const SHORTEST: usize = 5;

/// The bundled items, as JSON texts.
pub fn demo_items() -> Vec<&'static str> {
    DEMO.iter().flat_map(|file| file.lines()).filter(|line| !line.trim().is_empty()).collect()
}

/// The bundled bad items: why each must be refused, and its text.
pub fn bad_items() -> Vec<(String, String)> {
    BAD.lines()
        .filter_map(|line| {
            let mut item: Value = serde_json::from_str(line).ok()?;
            let expect = item.as_object_mut()?.remove("expect")?;
            Some((expect.as_str().unwrap_or_default().to_owned(), item.to_string()))
        })
        .collect()
}

/// Makes distinct items.
///
/// Which sentences an item gets is a polynomial of degree two over a prime field, one value for each position; two
/// different polynomials agree in at most two places, so no two items share more than two sentences.
pub struct Maker {
    buckets: Vec<Vec<String>>,
    prime: u64,
    seed: u64,
    duplicates: f64,
}

impl Maker {
    /// From a corpus in JSON Lines; without one, from the bundled items.
    pub fn of_corpus(corpus: Option<&Path>, seed: u64, duplicates: f64) -> anyhow::Result<Self> {
        let read = corpus.map(|path| {
            std::fs::read_to_string(path).with_context(|| format!("无法读取 {}", path.display()))
        });
        let read = read.transpose()?;
        let lines: Vec<&str> = match &read {
            Some(text) => text.lines().collect(),
            None => demo_items(),
        };
        let texts: Vec<String> = lines
            .into_iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|item| text_of(&item))
            .collect();
        Self::new(texts.iter().map(String::as_str), seed, duplicates)
    }

    /// From the texts of a corpus; `duplicates` is the share of planted repeats.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>, seed: u64, duplicates: f64) -> anyhow::Result<Self> {
        let mut sentences: Vec<String> = texts
            .flat_map(|text| text.split_inclusive(['。', '！', '？']))
            .map(|sentence| sentence.trim().to_owned())
            .filter(|sentence| (12..=160).contains(&sentence.chars().count()) && sentence.ends_with('。'))
            .collect();
        sentences.sort_unstable();
        sentences.dedup();
        // Sorted, so that the same corpus makes the same items; then spread, so that neighbours come apart.
        sentences.sort_by_key(|sentence| mix(seed ^ u64::from(crc(sentence))));
        let size = sentences.len() / POSITIONS;
        let prime = (2..=size as u64).rev().find(|n| is_prime(*n)).unwrap_or(0);
        anyhow::ensure!(
            prime >= 29,
            "语料太少：至少需要 {} 个句子，现有 {}",
            29 * POSITIONS,
            sentences.len()
        );
        let buckets = sentences.chunks(size).take(POSITIONS).map(<[String]>::to_vec).collect();
        Ok(Self { buckets, prime, seed, duplicates })
    }

    /// The item of this number, as JSON text. A planted repeat carries the text of an earlier one.
    pub fn item(&self, number: u64) -> String {
        let roll = mix(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let planted = number > 0 && ((roll >> 11) as f64 / (1u64 << 53) as f64) < self.duplicates;
        let of = if planted { mix(roll) % number } else { number };
        let mut sentences = self.sentences(of);
        // Every second repeat is a near one: one sentence gets another number.
        if planted
            && roll & 1 == 1
            && let Some(last) = sentences.last_mut()
        {
            last.insert_str(0, &format!("另有{}户也这样说，", roll % 900 + 100));
        }
        let fresh = mix(self.seed ^ of ^ 0xA5A5);
        let place = PLACES[(fresh % PLACES.len() as u64) as usize];
        let title = format!(
            "关于{place}{}号路段{}的建议",
            fresh / 64 % 9000 + 100,
            TOPICS[(fresh / 7 % TOPICS.len() as u64) as usize]
        );
        json!({
            "external_id": format!("load-{:x}-{number}", self.seed),
            "title": title,
            "body": sentences.concat(),
            "contributor": { "name": name(roll), "district": place, "kind": "群众" },
            "district": place,
            "subject": SUBJECTS[(fresh / 3 % SUBJECTS.len() as u64) as usize],
        })
        .to_string()
    }

    fn sentences(&self, number: u64) -> Vec<String> {
        let p = self.prime;
        let (a, b, c) = (number % p, number / p % p, number / p / p % p);
        let fresh = mix(self.seed ^ number);
        let count = SHORTEST + (fresh % (POSITIONS - SHORTEST + 1) as u64) as usize;
        self.buckets[..count]
            .iter()
            .zip(0u64..)
            .map(|(bucket, k)| {
                let sentence = &bucket[((a + b * k + c * k * k) % p) as usize];
                renumbered(sentence, mix(fresh ^ k))
            })
            .collect()
    }
}

const PLACES: &[&str] = &[
    "万州区",
    "涪陵区",
    "渝中区",
    "大渡口区",
    "沙坪坝区",
    "九龙坡区",
    "南岸区",
    "北碚区",
    "綦江区",
    "大足区",
    "巴南区",
    "长寿区",
    "江津区",
    "合川区",
    "永川区",
    "璧山区",
    "铜梁区",
    "荣昌区",
    "开州区",
    "武隆区",
    "云阳县",
    "奉节县",
];
const TOPICS: &[&str] =
    &["停车", "排水", "路灯", "公交", "绿化", "噪声", "养老", "入学", "就医", "消防", "物业", "燃气"];
const SUBJECTS: &[&str] =
    &["城乡建设环境保护", "工业交通", "科技教育", "卫生体育", "民政扶贫救灾", "公安安全司法", "农业林业水利"];
const SURNAMES: &[&str] =
    &["张", "王", "李", "赵", "陈", "杨", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "罗"];
const GIVEN: &[&str] =
    &["建国", "秀英", "志强", "晓梅", "国庆", "丽华", "文斌", "春燕", "海涛", "玉兰", "永明", "思远"];

fn name(roll: u64) -> String {
    let pick = |list: &[&'static str], shift: u32| list[((roll >> shift) % list.len() as u64) as usize];
    format!("{}{}", pick(SURNAMES, 9), pick(GIVEN, 17))
}

/// A sentence with fresh digits where it had some.
fn renumbered(sentence: &str, seed: u64) -> String {
    let mut state = seed;
    sentence
        .chars()
        .map(|c| {
            if !c.is_ascii_digit() || c == '0' {
                return c;
            }
            state = mix(state);
            char::from(b'1' + (state % 9) as u8)
        })
        .collect()
}

/// A good mixing of 64 bits (splitmix64).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn crc(text: &str) -> u32 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes()) as u32
}

fn is_prime(n: u64) -> bool {
    n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

/// The text of an item in a corpus file, whatever its fields are called.
pub fn text_of(item: &Value) -> Option<String> {
    let parts: Vec<&str> = ["body", "text", "situation", "causes", "suggestions"]
        .iter()
        .filter_map(|key| item.get(*key).and_then(Value::as_str))
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn maker(duplicates: f64) -> Maker {
        let items: Vec<Value> =
            demo_items().iter().map(|line| serde_json::from_str(line).expect("item")).collect();
        let texts: Vec<String> = items.iter().filter_map(text_of).collect();
        Maker::new(texts.iter().map(String::as_str), 7, duplicates).expect("enough sentences")
    }

    #[test]
    fn no_two_made_items_share_more_than_two_sentences() {
        let maker = maker(0.0);
        let body = |n: u64| -> HashSet<String> {
            let item: Value = serde_json::from_str(&maker.item(n)).expect("json");
            // Digits are fresh in each, so compare without them.
            let text: String =
                item["body"].as_str().expect("body").chars().filter(|c| !c.is_ascii_digit()).collect();
            text.split_inclusive('。').map(str::to_owned).collect()
        };
        let bodies: Vec<_> = (0..400).map(|n| body(n * 997)).collect();
        for (at, one) in bodies.iter().enumerate() {
            assert!(one.len() >= SHORTEST - 1, "item {at} has {} sentences", one.len());
            for other in &bodies[at + 1..] {
                assert!(one.intersection(other).count() <= 2);
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_items() {
        assert_eq!(maker(0.05).item(12_345), maker(0.05).item(12_345));
    }
}
