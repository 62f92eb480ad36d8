//! PDFs: what is in one is read, and what is made to harm harms nobody.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use tep::domain::DocumentMedia;
use tep::retrieval::{Reader, ReadingError};

/// TEP as the program that takes a PDF apart.
pub fn reader() -> Reader {
    Reader::with_program(env!("CARGO_BIN_EXE_tep").into())
}

/// A PDF of these objects, of which the first is the catalogue.
fn of_objects(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(file.len());
        writeln!(file, "{} 0 obj", at + 1).unwrap();
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let table = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1).unwrap();
    file
}

fn stream(filter: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< /Length {} {filter} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// A PDF with these pages, a line each.
pub fn with_pages(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|at| format!("{} 0 R", 4 + 2 * at)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    for (at, text) in pages.iter().enumerate() {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + 2 * at
        );
        objects.push(page.into_bytes());
        let text = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        objects.push(stream("", format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET").as_bytes()));
    }
    of_objects(&objects)
}

fn one_page_with(filter: &str, content: &[u8]) -> Vec<u8> {
    of_objects(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>".to_vec(),
        stream(filter, content),
    ])
}

#[test]
fn the_text_of_each_page_is_read() {
    let pages =
        ["Pump P-101 is started with its valve shut (rev. 3).", "Reactor pressure XMEAS_7 stays below 2895 kPa."];
    let read = reader().read(DocumentMedia::Pdf, &with_pages(&pages)).unwrap();
    assert_eq!(read.len(), 2);
    for (read, written) in read.iter().zip(pages) {
        assert_eq!(read.split_whitespace().collect::<Vec<_>>(), written.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn text_files_are_read_and_what_is_none_is_refused_in_words() {
    let read = |media, content: &[u8]| reader().read(media, content);
    assert_eq!(read(DocumentMedia::Text, "a\r\nb\0c\u{7}".as_bytes()), Ok(vec!["a\nbc".into()]));
    assert_eq!(read(DocumentMedia::Markdown, b"\xff\xfe"), Err(ReadingError::Other("text in UTF-8")));
    assert_eq!(read(DocumentMedia::Text, b" \n"), Err(ReadingError::NoText));
    assert_eq!(read(DocumentMedia::Pdf, b"PK\x03\x04"), Err(ReadingError::Other("PDF")));
    assert_eq!(read(DocumentMedia::Pdf, &with_pages(&[""])), Err(ReadingError::NoText));
    let large = vec![b'a'; 17 << 20];
    assert_eq!(read(DocumentMedia::Text, &large), Err(ReadingError::TooLarge(large.len())));
    assert_eq!(read(DocumentMedia::Text, &large[..3 << 20]), Err(ReadingError::TooLong(3 << 20)));
    let without = Reader::with_program("/no/such/program".into());
    assert!(matches!(without.read(DocumentMedia::Pdf, &with_pages(&["a"])), Err(ReadingError::Pdf(_))));
}

/// Each of these has brought down a reader of PDFs somewhere. Whatever becomes of it, it ends, and this process goes on.
#[test]
fn a_hostile_file_harms_nobody() {
    let nested = |open: &str, close: &str, deep: usize| [open.repeat(deep), close.repeat(deep)].concat().into_bytes();
    let bomb = {
        let mut bytes = ZlibEncoder::new(Vec::new(), Compression::best());
        let mebibyte = vec![b' '; 1 << 20];
        for _ in 0..3_000 {
            bytes.write_all(&mebibyte).unwrap();
        }
        bytes.finish().unwrap()
    };
    let sound = with_pages(&["a page", "another"]);
    let mut looped = of_objects(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>".to_vec(),
    ]);
    looped.extend_from_slice(b"\n");
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("only a head", b"%PDF-1.7\n".to_vec()),
        ("pages within themselves", looped),
        ("arrays within arrays", of_objects(&[nested("[", "]", 200_000)])),
        ("dictionaries within dictionaries", of_objects(&[nested("<</A ", ">>", 200_000)])),
        ("three gigabytes of spaces", one_page_with("/Filter /FlateDecode", &bomb)),
        ("a stream that is none", one_page_with("/Filter /FlateDecode", b"\x78\x9c garbage")),
        ("text without an end", one_page_with("", "BT (".repeat(50_000).as_bytes())),
        ("a length that is wrong", of_objects(&[b"<< /Length 99999999999 >>\nstream\nx\nendstream".to_vec()])),
        ("zeroes", [b"%PDF-1.4\n".as_slice(), &vec![0; 1 << 20]].concat()),
    ];
    let began = Instant::now();
    for (what, file) in files {
        let read = reader().read(DocumentMedia::Pdf, &file);
        assert!(matches!(read, Err(ReadingError::Pdf(_) | ReadingError::NoText)), "{what}: {read:?}");
    }
    for cut in (0..sound.len()).step_by(sound.len() / 12) {
        drop(reader().read(DocumentMedia::Pdf, &sound[..cut]));
    }
    for at in (9..sound.len()).step_by(sound.len() / 24) {
        let mut turned = sound.clone();
        turned[at] ^= 0x55;
        drop(reader().read(DocumentMedia::Pdf, &turned));
    }
    assert!(began.elapsed() < Duration::from_secs(150), "{:?}", began.elapsed());
}
