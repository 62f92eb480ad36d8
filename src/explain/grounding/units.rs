//! Units as people write them. A number is checked together with its unit.

/// What stands behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing: a count, a statistic, a number of something.
    None,
    /// A stretch of time of so many seconds.
    Seconds(u32),
    /// A unit of measure, as it is written in the one way.
    Measure(String),
}

/// Spellings of stretches of time.
const SPANS: [(&str, u32); 16] = [
    ("seconds", 1),
    ("second", 1),
    ("sec", 1),
    ("s", 1),
    ("minutes", 60),
    ("minute", 60),
    ("mins", 60),
    ("min", 60),
    ("hours", 3_600),
    ("hour", 3_600),
    ("hrs", 3_600),
    ("hr", 3_600),
    ("h", 3_600),
    ("days", 86_400),
    ("day", 86_400),
    ("weeks", 604_800),
];

/// Spellings of units of measure, and the one way in which each is compared. Those that no plant of ours uses are here too:
/// a number with the wrong unit is a false number.
const MEASURES: [(&str, &str); 58] = [
    ("kPa gauge", "kpa gauge"),
    ("kPa(g)", "kpa gauge"),
    ("kPag", "kpa gauge"),
    ("kPa", "kpa"),
    ("hPa", "hpa"),
    ("MPa", "mpa"),
    ("Pa", "pa"),
    ("mbar", "mbar"),
    ("bar", "bar"),
    ("psig", "psi"),
    ("psi", "psi"),
    ("atm", "atm"),
    ("°C", "°c"),
    ("℃", "°c"),
    ("deg C", "°c"),
    ("degC", "°c"),
    ("degrees Celsius", "°c"),
    ("degrees C", "°c"),
    ("°F", "°f"),
    ("degrees", "°"),
    ("°", "°"),
    ("K", "k"),
    ("mol %", "mol %"),
    ("mol%", "mol %"),
    ("mole %", "mol %"),
    ("mole percent", "mol %"),
    ("mol percent", "mol %"),
    ("%", "%"),
    ("percent", "%"),
    ("per cent", "%"),
    ("percentage points", "%"),
    ("ppm", "ppm"),
    ("kscmh", "kscmh"),
    ("scmh", "scmh"),
    ("m³/h", "m3/h"),
    ("m3/h", "m3/h"),
    ("m³/hr", "m3/h"),
    ("m3/hr", "m3/h"),
    ("m³", "m3"),
    ("m3", "m3"),
    ("kg/h", "kg/h"),
    ("kg/hr", "kg/h"),
    ("t/h", "t/h"),
    ("kg", "kg"),
    ("tonnes", "t"),
    ("l/min", "l/min"),
    ("kW", "kw"),
    ("MW", "mw"),
    ("kWh", "kwh"),
    ("rpm", "rpm"),
    ("Hz", "hz"),
    ("σ", "σ"),
    ("sigma", "σ"),
    ("standard deviations", "σ"),
    ("deviations", "σ"),
    ("×", "×"),
    ("times", "×"),
    ("fold", "×"),
];

/// Every unit that can be read: those above and those of the plant.
#[derive(Clone, Debug)]
pub(super) struct Units(Vec<(Vec<char>, Unit)>);

impl Units {
    pub fn with<'a>(of_plant: impl Iterator<Item = &'a str>) -> Self {
        let spans = SPANS.iter().map(|(word, seconds)| (letters(word), Unit::Seconds(*seconds)));
        let measures = MEASURES.iter().map(|(word, one)| (letters(word), Unit::Measure((*one).to_owned())));
        let known =
            |word: &&str| !word.is_empty() && !MEASURES.iter().any(|(known, _)| known.eq_ignore_ascii_case(word));
        let own = of_plant.filter(known).map(|word| (letters(word), Unit::Measure(word.to_lowercase())));
        let mut all: Vec<(Vec<char>, Unit)> = spans.chain(measures).chain(own).collect();
        // The longest that stands there counts.
        all.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Self(all)
    }

    /// The unit that stands here, and its length in letters.
    pub fn at(&self, text: &[char]) -> Option<(Unit, usize)> {
        let stands = |(word, _): &&(Vec<char>, Unit)| {
            let there =
                text.get(..word.len()).is_some_and(|there| there.iter().zip(word).all(|(a, b)| lower(*a) == *b));
            let goes_on =
                |next: &char| next.is_alphanumeric() && word.last().is_some_and(|last| last.is_alphanumeric());
            there && !text.get(word.len()).is_some_and(goes_on)
        };
        self.0.iter().find(stands).map(|(word, unit)| (unit.clone(), word.len()))
    }

    /// The one way in which a unit of measure of the plant is compared.
    pub fn of(&self, written: &str) -> Unit {
        let word: Vec<char> = written.trim().chars().collect();
        match self.at(&word) {
            Some((unit, length)) if length == word.len() => unit,
            _ if word.is_empty() => Unit::None,
            _ => Unit::Measure(written.trim().to_lowercase()),
        }
    }
}

impl Unit {
    /// Whether a number in this unit may speak of a value in that one: `kPa` may stand for `kPa gauge`, not the other way.
    pub fn may_mean(&self, fact: &Self) -> bool {
        match (self, fact) {
            (Self::Measure(told), Self::Measure(known)) => {
                told == known || known.strip_prefix(told.as_str()).is_some_and(|rest| rest.starts_with(' '))
            }
            _ => self == fact,
        }
    }
}

fn letters(word: &str) -> Vec<char> {
    word.chars().map(lower).collect()
}

/// Lower case, letter by letter.
pub(super) fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unit_that_stands_there_is_read() {
        let units = Units::with(["kPa gauge", "widgets/h"].into_iter());
        let read = |text: &str| units.at(&text.chars().collect::<Vec<_>>());
        let measure = |one: &str| Unit::Measure(one.into());
        for (text, expected) in [
            ("kPa gauge.", Some((measure("kpa gauge"), 9))),
            ("kPa and", Some((measure("kpa"), 3))),
            ("mol % of", Some((measure("mol %"), 5))),
            ("hours", Some((Unit::Seconds(3_600), 5))),
            ("h later", Some((Unit::Seconds(3_600), 1))),
            ("widgets/h", Some((measure("widgets/h"), 9))),
            ("heavy", None),
            ("%", Some((measure("%"), 1))),
            ("minimum", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(measure("kpa").may_mean(&measure("kpa gauge")) && !measure("kpa gauge").may_mean(&measure("kpa")));
        assert_eq!(units.of("m³/h"), measure("m3/h"));
    }
}
