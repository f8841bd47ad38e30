//! Bytes of somebody who wants to harm.

use super::*;
use crate::wire::limits::DECODER_BYTES_MAX;

/// Xorshift: enough to draw bytes.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

const PARTS: [&[u8]; 20] = [
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
    b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
    b"*3\r\n$8\r\nTC.HELLO\r\n$1\r\n1\r\n$1\r\n7\r\n",
    b"*4\r\n$8\r\nTC.HELLO\r\n$1\r\n1\r\n$1\r\n7\r\n$4\r\nPUSH\r\n",
    b"TC.PUT a 0123456789abcdef 18446744073709551615 0 v\r\n",
    b"*4\r\n$8\r\nTC.LEASE\r\n$1\r\na\r\n$1\r\n1\r\n$20\r\n18446744073709551615\r\n",
    b"AUTH secret\r\n",
    b"HELLO 2 SETNAME \"a\"\r\n",
    b"EXPIRE a 9223372036854775807\r\n",
    b"PEXPIRE a -9223372036854775808\r\n",
    b"SET a b PX 9223372036854775807\r\n",
    b"CLIENT LIST\r\nINFO all\r\nCOMMAND INFO get nope\r\n",
    b"MGET a b c d\r\nMSET a 1 b 2\r\n",
    b"*1025\r\n",
    b"$99999999999\r\n",
    b"GET / HTTP/1.1\r\n",
    b"*-1\r\n*0\r\n",
    b"QUIT\r\n",
    b"'",
    b"\xff\0\r\n",
];

#[test]
fn noise_never_panics_nor_costs_more_than_is_said() {
    for seed in 1..=300_u64 {
        let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut host = if seed % 2 == 0 { host() } else { guarded() };
        let mut session = stranger(&mut host);
        for _ in 0..40 {
            let mut bytes = PARTS[noise.below(PARTS.len() as u64) as usize].to_vec();
            if noise.below(3) == 0 && !bytes.is_empty() {
                let at = noise.below(bytes.len() as u64) as usize;
                bytes[at] = noise.below(256) as u8;
            }
            if noise.below(5) == 0 {
                bytes.truncate(noise.below(bytes.len() as u64 + 1) as usize);
            }
            let (answer, standing) = feed(&mut host, &mut session, &bytes);
            values(&answer);
            assert!(session.bytes() <= DECODER_BYTES_MAX + FRAME_BYTES_MAX, "seed {seed}");
            if standing == Standing::Ended {
                host.close(&session);
                session = stranger(&mut host);
            }
        }
    }
}

#[test]
fn what_is_no_command_ends_the_session_and_what_came_before_it_stands() {
    let mut host = host();
    for (garbage, complaint) in [
        (&b"*1\r\n:1\r\n"[..], "-ERR Protocol error: unexpected byte 0x3a\r\n"),
        (b"*1\r\n$1048577\r\n", "-ERR Protocol error: longer than 1048576 bytes\r\n"),
        (b"POST /v1/frames HTTP/1.1\r\n", "-ERR Protocol error: this is not an HTTP port\r\n"),
    ] {
        let mut session = stranger(&mut host);
        let (answer, standing) = feed(&mut host, &mut session, &[b"PING\r\n", garbage].concat());
        assert_eq!(answer, [&b"+PONG\r\n"[..], complaint.as_bytes()].concat());
        assert_eq!(standing, Standing::Ended);
        host.close(&session);
    }
}

#[test]
fn a_frame_that_ends_in_the_middle_of_a_command_is_an_error() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let (mut answer, _) = feed(&mut host, &mut session, b"PING\r\n*1\r\n$4\r\nPI");
    session.finish(&mut answer);
    let complaint = b"-ERR Protocol error: the frame ends in the middle of a message\r\n";
    assert_eq!(answer, [&b"+PONG\r\n"[..], complaint].concat());
    assert_eq!(feed(&mut host, &mut session, b"NG\r\n").1, Standing::Ended);
}

#[test]
fn a_stranger_cannot_make_the_node_keep_a_long_message() {
    let mut host = guarded();
    let header = b"*2\r\n$4\r\nAUTH\r\n$1048576\r\n";
    let long = [&header[..], &vec![b'x'; 100 << 10]].concat();
    let mut session = stranger(&mut host);
    let (answer, standing) = feed(&mut host, &mut session, &long);
    assert_eq!(standing, Standing::Ended);
    assert!(answer.starts_with(b"-ERR Protocol error: log in"));
    let mut known = host.open(NOW, Trust::Known, Protocol::Resp3).expect("there is room");
    assert_eq!(feed(&mut host, &mut known, &long), (Vec::new(), Standing::Open));
}

#[test]
fn a_short_command_cannot_ask_for_a_long_answer() {
    let mut host = host();
    let mut session = stranger(&mut host);
    let value = vec![b'v'; 1 << 20];
    let set = [&b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1048576\r\n"[..], &value, b"\r\n"].concat();
    assert_eq!(feed(&mut host, &mut session, &set).0, b"+OK\r\n");
    assert_eq!(feed(&mut host, &mut session, b"MGET a b\r\n").0.len(), (1 << 20) + 19);
    assert!(say(&mut host, &mut session, "MGET a a\r\n").starts_with("-ERR the values are longer"));
    let (mut input, mut out) = (&b"GET a\n".repeat(1000)[..], Vec::new());
    assert_eq!(session.receive(&mut host, NOW, &mut input, &mut out), Standing::More);
    assert!(out.len() <= FRAME_BYTES_MAX && session.bytes() <= 2 * FRAME_BYTES_MAX);
    assert_eq!(input.len(), 998 * 6, "it takes no more before it is asked");
}
