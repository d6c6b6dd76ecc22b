//! A script of WASI calls with every flag and every number of an enumeration, those that do not exist among them.

use std::fmt::Write as _;

/// Where a flag word or a number of an enumeration is passed on.
struct Place {
    /// What it is called in the documents of WASI.
    name: &'static str,
    /// A line of a script, with `@` where it is and with `=` and what must result from it at the end left out.
    call: &'static str,
    /// Those that exist, with what results from them.
    known: Known,
    /// What results from those that do not exist.
    unknown: &'static str,
    /// Bits of the place.
    width: u32,
}

enum Known {
    /// Bits that exist, and what results from some words of them.
    Flags(u64, &'static [(u64, &'static str)]),
    /// The numbers below this exist; what results from each of them.
    Numbers(u64, &'static [&'static str]),
}

use Known::{Flags, Numbers};

const INVAL: &str = "inval";

const fn place(name: &'static str, call: &'static str, known: Known) -> Place {
    Place {
        name,
        call,
        known,
        unknown: INVAL,
        width: 32,
    }
}

/// In a subscription of `poll_oneoff` what is wrong is an event.
const fn in_subscription(
    name: &'static str,
    call: &'static str,
    known: Known,
    width: u32,
) -> Place {
    Place {
        name,
        call,
        known,
        unknown: "ok n=1 ev+8.u16=28",
        width,
    }
}

const BOTH: &[(u64, &str)] = &[(0, "ok"), (1, "ok")];
/// Of two flags for each of two times, which exclude each other.
const TIMES: &[(u64, &str)] = &[
    (0, "ok"),
    (1, "ok"),
    (2, "ok"),
    (4, "ok"),
    (8, "ok"),
    (5, "ok"),
    (10, "ok"),
    (3, INVAL),
    (12, INVAL),
    (15, INVAL),
];
const COME: &str = "ok n=1 ev+8.u16=0";
const CANNOT_BE: &str = "ok n=1 ev+8.u16=58";

/// All places of this kind. Number 4 is a file that may be read and written.
const PLACES: &[Place] = &[
    place("advice", "fd_advise 4 0 0 @", Numbers(6, &["ok"; 6])),
    place("clockid", "clock_res_get @ &t", Numbers(4, &["ok"; 4])),
    place("clockid", "clock_time_get @ 0 &t", Numbers(4, &["ok"; 4])),
    place("whence", "fd_seek 4 0 @ &t", Numbers(3, &["ok"; 3])),
    place(
        "lookupflags",
        "path_filestat_get 3 @ \"hello.txt\" &st",
        Flags(1, BOTH),
    ),
    place(
        "lookupflags",
        "path_filestat_set_times 3 @ \"hello.txt\" 0 0 0",
        Flags(1, BOTH),
    ),
    place(
        "lookupflags",
        "path_open 3 @ \"hello.txt\" 0 READ 0 0 &fd",
        Flags(1, BOTH),
    ),
    // A link that is followed is not supported.
    place(
        "lookupflags",
        "path_link 3 @ \"hello.txt\" 3 \"empty.txt\"",
        Flags(0, &[(0, "exist")]),
    ),
    place(
        "oflags",
        "path_open 3 0 \"hello.txt\" @ READ 0 0 &fd",
        Flags(
            15,
            &[
                (0, "ok"),
                (1, "ok"),
                (2, "notdir"),
                (5, "exist"),
                (3, INVAL),
            ],
        ),
    ),
    place(
        "fdflags",
        "path_open 3 0 \"hello.txt\" 0 READ 0 @ &fd",
        Flags(
            31,
            &[
                (0, "ok"),
                (1, "ok"),
                (2, "ok"),
                (4, "ok"),
                (8, "ok"),
                (16, "ok"),
            ],
        ),
    ),
    // Those for synchronisation cannot be changed.
    place(
        "fdflags",
        "fd_fdstat_set_flags 4 @",
        Flags(
            31,
            &[
                (1, "ok"),
                (4, "ok"),
                (2, INVAL),
                (8, INVAL),
                (16, INVAL),
                (0, "ok"),
            ],
        ),
    ),
    place(
        "fstflags",
        "fd_filestat_set_times 4 0 0 @",
        Flags(15, TIMES),
    ),
    place(
        "fstflags",
        "path_filestat_set_times 3 0 \"hello.txt\" 0 0 @",
        Flags(15, TIMES),
    ),
    place(
        "fdflags",
        "sock_accept 4 @ &n",
        Flags(31, &[(0, "notsock"), (4, "notsock")]),
    ),
    place(
        "riflags",
        "sock_recv 4 &list 0 @ &n &t",
        Flags(3, &[(0, "notsock"), (1, "notsock"), (2, "notsock")]),
    ),
    place(
        "siflags",
        "sock_send 4 &list 0 @ &n",
        Flags(0, &[(0, "notsock")]),
    ),
    place(
        "sdflags",
        "sock_shutdown 4 @",
        Flags(3, &[(1, "notsock"), (2, "notsock"), (3, "notsock")]),
    ),
    place("signal", "proc_raise @", Numbers(31, &["notsup"; 31])),
    // The subscription is for clock 1, in a nanosecond, until a line changes that.
    in_subscription(
        "subclockflags",
        "store32 sub+40 @",
        Flags(1, &[(0, COME), (1, COME)]),
        16,
    ),
    in_subscription(
        "clockid",
        "store32 sub+16 @",
        Numbers(4, &[COME, COME, CANNOT_BE, CANNOT_BE]),
        32,
    ),
    // Reading and writing number 0, which is at its end and cannot be written.
    in_subscription(
        "eventtype",
        "store8 sub+8 @",
        Numbers(3, &[COME, COME, "ok n=1 ev+8.u16=8"]),
        8,
    ),
];

impl Place {
    /// Words that do not exist.
    fn wrong(&self) -> Vec<u64> {
        let all = u64::MAX >> (64 - self.width);
        let mut wrong: Vec<u64> = match self.known {
            Flags(known, _) => {
                let bits = (0..self.width).map(|bit| 1 << bit);
                let bits = bits.filter(|bit| known & bit == 0);
                // Next to one that exists, too.
                bits.flat_map(|bit| [bit, bit | known & 1]).collect()
            }
            Numbers(count, _) => {
                let around = (8..=self.width).flat_map(|bits| [1 << (bits - 1), 1 << bits]);
                let near = around.flat_map(|n: u64| [n - 1, n, n + 1]);
                let wrong = [count, count + 1].into_iter().chain(near);
                wrong.filter(|n| (count..=all).contains(n)).collect()
            }
        };
        wrong.push(all);
        wrong.sort_unstable();
        wrong.dedup();
        wrong
    }

    fn known(&self) -> Vec<(u64, &'static str)> {
        match self.known {
            Flags(_, some) => some.to_vec(),
            Numbers(count, results) => {
                assert_eq!(count, results.len() as u64, "{}", self.name);
                (0..).zip(results.iter().copied()).collect()
            }
        }
    }

    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "# {}", self.name);
        let is_poll = self.call.starts_with("store");
        let unknown = self.wrong().into_iter().map(|word| (word, self.unknown));
        for (word, result) in self.known().into_iter().chain(unknown) {
            let call = self.call.replace('@', &word.to_string());
            if is_poll {
                // Descriptors are waited for under number 0.
                let number = match self.name {
                    "eventtype" if word > 0 => "store32 sub+16 0\n",
                    _ => "",
                };
                let _ = writeln!(text, "{SUBSCRIPTION}{number}{call}");
                let _ = writeln!(text, "poll_oneoff &sub &ev 1 &n = {result}");
            } else {
                let _ = writeln!(text, "{call} = {result}");
            }
            if self.call.contains("&fd") && result == "ok" {
                let _ = writeln!(text, "fd_close $fd = ok");
            }
        }
    }
}

/// A subscription for the next nanosecond of clock 1.
const SUBSCRIPTION: &str = "store8 sub+8 0\nstore32 sub+16 1\nstore64 sub+24 1\nstore32 sub+40 0\n";

/// The script.
pub fn script() -> String {
    let mut text = "flags: --dir box\n".to_owned();
    text.push_str("path_open 3 0 \"hello.txt\" 0 ALL 0 0 &file = ok file=4\n");
    for place in PLACES {
        place.write(&mut text);
    }
    text
}
