//! What others reach on the same traces: `reference.csv`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::complaint::Complaint;

/// The lines of reference.csv; none where there is no such file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reference {
    columns: Vec<String>,
    /// By trace and size, one value a column; `None` in columns that hold no numbers.
    rows: BTreeMap<(String, u64), Vec<Option<f64>>>,
}

impl Reference {
    /// Returns what the file says.
    pub(crate) fn read(path: &Path) -> Result<Self, Complaint> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string());
        let parsed = text.and_then(|text| Self::parse(&text));
        parsed.map_err(|what| Complaint::new(format!("{}: {what}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().zip(1..);
        let columns = lines.next().map(|(line, _)| fields(line)).unwrap_or_default();
        if columns.len() < 3 || columns[0] != "trace" || columns[1] != "size" {
            return Err("line 1 must begin with `trace,size,` and name a policy".to_string());
        }
        let mut rows = BTreeMap::new();
        for (line, number) in lines {
            let fields = fields(line);
            if fields.len() != columns.len() {
                let [found, wanted] = [fields.len(), columns.len()];
                return Err(format!("line {number} has {found} fields; line 1 has {wanted}"));
            }
            let size = fields[1].parse::<u64>().ok().filter(|&size| size > 0);
            let Some(size) = size else {
                return Err(format!("line {number}: the size is `{}`; give 1 or more", fields[1]));
            };
            let mut values = Vec::new();
            for (column, field) in columns.iter().zip(&fields).skip(2) {
                let value = field.parse().ok().filter(|value| (0.0..=1.0).contains(value));
                if value.is_none() && column != NOT_A_NUMBER {
                    return Err(format!(
                        "line {number}: {column} is `{field}`; give a fraction from 0 to 1"
                    ));
                }
                values.push(value);
            }
            rows.insert((fields[0].clone(), size), values);
        }
        Ok(Self { columns: columns[2..].to_vec(), rows })
    }

    /// Returns the hit ratio of `column` on a trace.
    pub(crate) fn value(&self, trace: &str, size: u64, column: &str) -> Option<f64> {
        let at = self.columns.iter().position(|known| known == column)?;
        *self.rows.get(&(trace.to_string(), size))?.get(at)?
    }

    /// Returns the sizes of a trace.
    pub(crate) fn sizes(&self, trace: &str) -> Vec<u64> {
        self.rows.keys().filter(|(name, _)| name == trace).map(|&(_, size)| size).collect()
    }
}

/// Splits a line at its commas, but not at those in quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for character in line.trim_end().chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("there is one").push(other),
        }
    }
    fields
}

/// The column of words.
const NOT_A_NUMBER: &str = "best_by";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_in_quotes_may_have_commas() {
        let text = "trace,size,lru,best,best_by,opt\na,5,0.25,0.5,\"X (1, drained)\",0.75\n";
        let reference = Reference::parse(text).expect("it is sound");
        assert_eq!(reference.value("a", 5, "opt"), Some(0.75));
        assert_eq!(reference.value("a", 5, "best_by"), None);
        assert_eq!(reference.value("a", 6, "lru"), None);
        assert_eq!(reference.sizes("a"), [5]);
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, says) in [
            ("", "line 1 must begin with `trace,size,`"),
            ("trace,size,lru\na,5\n", "line 2 has 2 fields; line 1 has 3"),
            ("trace,size,lru\na,0,0.1\n", "line 2: the size is `0`"),
            ("trace,size,lru\na,5,1.2\n", "line 2: lru is `1.2`; give a fraction"),
        ] {
            let said = Reference::parse(text).expect_err(text);
            assert!(said.contains(says), "{text:?}: {said}");
        }
    }
}
