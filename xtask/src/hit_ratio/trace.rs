//! The requests of one trace, and where they come from.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ruzstd::decoding::StreamingDecoder;

use crate::complaint::Complaint;
use crate::options::{Options, Source};
use crate::reference::Reference;

/// Requests, by keys numbered in the order in which they appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) name: String,
    /// The number of the key of each request.
    pub(crate) requests: Vec<u32>,
    /// The keys by number.
    pub(crate) keys: Vec<String>,
    /// What each request two_columns; `None` if nothing is weighed.
    pub(crate) weights: Option<Vec<u32>>,
}

impl Trace {
    /// Returns the trace of `requests`, each the name of a key.
    pub(crate) fn new(name: &str, ids: &[u32], weights: Option<Vec<u32>>) -> Self {
        let mut numbers = Numbers::default();
        let requests = ids.iter().map(|&id| numbers.of(id)).collect();
        let keys = numbers.ids.iter().map(u32::to_string).collect();
        Self { name: name.to_string(), requests, keys, weights }
    }

    /// Returns how many different keys there are, or what they weigh when they come first.
    pub(crate) fn footprint(&self) -> u64 {
        let Some(weights) = &self.weights else { return self.keys.len() as u64 };
        let mut seen = 0;
        let mut sum = 0;
        for (&key, &weight) in self.requests.iter().zip(weights) {
            if key == seen {
                seen += 1;
                sum += u64::from(weight);
            }
        }
        sum
    }

    /// Returns what all requests weigh together.
    pub(crate) fn weight(&self) -> u64 {
        self.weights.iter().flatten().map(|&weight| u64::from(weight)).sum()
    }
}

/// Numbers for ids, in the order in which they appear.
#[derive(Default)]
struct Numbers {
    number: HashMap<u32, u32>,
    ids: Vec<u32>,
}

impl Numbers {
    fn of(&mut self, id: u32) -> u32 {
        *self.number.entry(id).or_insert_with(|| {
            self.ids.push(id);
            self.ids.len() as u32 - 1
        })
    }
}

/// Returns the traces that are asked for, and what reference.csv knows of them.
pub(crate) fn load(options: &Options) -> Result<(Vec<Trace>, Reference), Complaint> {
    let folder = match &options.source {
        Source::Made(generators) => {
            let traces = generators.iter().map(|generator| generator.trace()).collect();
            return Ok((traces, Reference::default()));
        }
        Source::Folder(folder) => folder,
    };
    let mut files = files(folder)?;
    for name in &options.only {
        if !files.iter().any(|(known, _)| known == name) {
            let known: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            let message =
                format!("no trace `{name}`; {} has {}", folder.display(), known.join(","));
            return Err(Complaint::new(message));
        }
    }
    files.retain(|(name, _)| options.only.is_empty() || options.only.contains(name));
    let traces = files.iter().map(|(name, path)| read(name, path)).collect::<Result<_, _>>()?;
    let reference = folder.join("reference.csv");
    let reference =
        if reference.is_file() { Reference::read(&reference)? } else { Reference::default() };
    Ok((traces, reference))
}

/// Returns the traces of `folder` by name.
fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Complaint> {
    let listed = fs::read_dir(folder).map_err(|error| {
        let message = "give --traces a folder of traces, or --generate all to do without";
        Complaint::new(format!("cannot read {}: {error}; {message}", folder.display()))
    })?;
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in listed.flatten().map(|entry| entry.path()) {
        let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let name = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending));
        if let Some(name) = name.filter(|_| file != "reference.csv") {
            found.push((name.to_string(), path));
        }
    }
    found.sort();
    if found.is_empty() {
        let message = "has no NAME.u32.zst, NAME.u32 or NAME.csv";
        return Err(Complaint::new(format!("{} {message}", folder.display())));
    }
    if let Some(pair) = found.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [one, two] = [&pair[0].1, &pair[1].1].map(|path| path.display());
        return Err(Complaint::new(format!("{one} and {two} have one name; rename one")));
    }
    Ok(found)
}

fn read(name: &str, path: &Path) -> Result<Trace, Complaint> {
    let bad = |what: &str| Complaint::new(format!("{}: {what}", path.display()));
    let mut file = File::open(path).map_err(|error| bad(&error.to_string()))?;
    if path.extension() == Some(OsStr::new("csv")) {
        let mut text = String::new();
        let read = file.read_to_string(&mut text);
        read.map_err(|error| bad(&format!("{error}; it must be text")))?;
        return from_csv(name, &text).map_err(|what| bad(&what));
    }
    let mut bytes = Vec::new();
    if path.extension() == Some(OsStr::new("zst")) {
        let damaged = "is not a whole zstd stream; fetch it again";
        let mut decoder = StreamingDecoder::new(file).map_err(|_| bad(damaged))?;
        decoder.read_to_end(&mut bytes).map_err(|_| bad(damaged))?;
    } else {
        file.read_to_end(&mut bytes).map_err(|error| bad(&error.to_string()))?;
    }
    let (words, rest) = bytes.as_chunks::<4>();
    if words.is_empty() || !rest.is_empty() {
        let message = format!("has {} bytes; a trace is 4 bytes for each request", bytes.len());
        return Err(bad(&message));
    }
    let ids: Vec<u32> = words.iter().map(|&word| u32::from_le_bytes(word)).collect();
    Ok(Trace::new(name, &ids, None))
}

/// Returns the trace that `text` lists, or what is wrong with it.
fn from_csv(name: &str, text: &str) -> Result<Trace, String> {
    let mut lines = text.lines();
    let two_columns = match lines.next().map(str::trim_end) {
        Some("key") => false,
        Some("key,weight") => true,
        other => {
            let found = other.unwrap_or_default();
            return Err(format!("line 1 is `{found}`; it must be `key` or `key,weight`"));
        }
    };
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let (mut requests, mut keys, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (line, number) in lines.zip(2..) {
        let (key, weight) = match line.trim_end().rsplit_once(',') {
            Some((key, weight)) if two_columns => {
                let weight = weight.parse::<u32>().map_err(|_| {
                    format!("line {number}: the weight is `{weight}`; give 0 to {}", u32::MAX)
                })?;
                (key, weight)
            }
            None if !two_columns => (line.trim_end(), 0),
            _ => {
                let wanted =
                    if two_columns { "a key, a comma and a weight" } else { "a key alone" };
                return Err(format!("line {number} is `{line}`; it must be {wanted}"));
            }
        };
        requests.push(*numbers.entry(key.to_string()).or_insert_with(|| {
            keys.push(key.to_string());
            keys.len() as u32 - 1
        }));
        weights.push(weight);
    }
    if requests.is_empty() {
        return Err("has no requests; give a line for each after the header".to_string());
    }
    Ok(Trace { name: name.to_string(), requests, keys, weights: two_columns.then_some(weights) })
}

const ENDINGS: [&str; 3] = [".u32.zst", ".u32", ".csv"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_keys_and_weights_is_a_trace() {
        let trace = from_csv("small", "key,weight\na,2\nb c,30\na,2\n").expect("it is sound");
        assert_eq!(trace.requests, [0, 1, 0]);
        assert_eq!(trace.keys, ["a", "b c"]);
        assert_eq!((trace.footprint(), trace.weight()), (32, 34));
        assert_eq!(from_csv("bare", "key\n7\n7\n").map(|trace| trace.footprint()), Ok(1));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, says) in [
            ("", "line 1 is ``; it must be `key` or `key,weight`"),
            ("id\n1\n", "line 1 is `id`"),
            ("key,weight\na,1\nb\n", "line 3 is `b`; it must be a key, a comma and a weight"),
            ("key,weight\na,-1\n", "line 2: the weight is `-1`"),
            ("key\na,1\n", "line 2 is `a,1`; it must be a key alone"),
            ("key\n", "has no requests"),
        ] {
            let said = from_csv("bad", text).expect_err(text);
            assert!(said.contains(says), "{text:?}: {said}");
        }
    }

    #[test]
    fn keys_are_numbered_in_the_order_in_which_they_appear() {
        let trace = Trace::new("three", &[70, 5, 70, 9], None);
        assert_eq!(trace.requests, [0, 1, 0, 2]);
        assert_eq!(trace.keys, ["70", "5", "9"]);
    }
}
