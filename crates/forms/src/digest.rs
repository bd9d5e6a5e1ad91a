//! `digest()`: MD5 (RFC 1321), SHA-1 and the SHA-2 family (FIPS 180-4), written small, since forms digest short texts.
//!
//! Nothing here guards a secret; what must stay secret is sealed by other crates.

/// The digest of a text by an algorithm's name as `digest()` takes it; `None` for another name.
pub(crate) fn digest(algorithm: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm.trim().to_ascii_uppercase().as_str() {
        "MD5" => md5(bytes),
        "SHA-1" => sha1(bytes),
        "SHA-256" => sha256(bytes),
        "SHA-384" => sha2(bytes, 64, &SHA384, 6),
        "SHA-512" => sha2(bytes, 64, &SHA512, 8),
        _ => return None,
    })
}

/// Base64 with padding (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([0, 0].iter()).take(3).fold(0usize, |n, b| n << 8 | *b as usize);
        for i in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * i) & 63]);
            out.push(if i > three.len() { '=' } else { letter });
        }
    }
    out
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    sha2(bytes, 32, &SHA512.map(|word| word >> 32), 8)
}

/// The bytes with a one bit, zeros, and their length in bits at the end of a whole block.
fn padded(bytes: &[u8], block: usize, big_endian: bool) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.push(0x80);
    while out.len() % block != block - 8 {
        out.push(0);
    }
    let bits = bytes.len() as u64 * 8;
    out.extend_from_slice(&if big_endian { bits.to_be_bytes() } else { bits.to_le_bytes() });
    out
}

fn word32(four: &[u8], big_endian: bool) -> u32 {
    let four = four.try_into().unwrap_or_default();
    if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}

fn md5(bytes: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
    for block in padded(bytes, 64, false).chunks(64) {
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64 {
            let (mix, at) = match i / 16 {
                0 => (b & c | !b & d, i),
                1 => (b & d | c & !d, 5 * i + 1),
                2 => (b ^ c ^ d, 3 * i + 5),
                _ => (c ^ (b | !d), 7 * i),
            };
            let word = word32(&block[at % 16 * 4..at % 16 * 4 + 4], false);
            let constant = (((i + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mix).wrapping_add(constant).wrapping_add(word);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d]) {
            *old = old.wrapping_add(new);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    let mut state = [0x6745_2301u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    for block in padded(bytes, 64, true).chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|four| word32(four, true)).collect();
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for i in 0..80 {
            if i >= 16 {
                words.push((words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16]).rotate_left(1));
            }
            let (mix, constant) = match i / 20 {
                0 => (b & c | !b & d, 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6u32),
            };
            let sum = a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant).wrapping_add(words[i]);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e]) {
            *old = old.wrapping_add(new);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// SHA-2 over words of 32 or 64 bits, kept in 64 either way; `words` of the state are the digest.
fn sha2(bytes: &[u8], bits: u32, start: &[u64; 8], words: usize) -> Vec<u8> {
    let (size, rounds, shifts) = match bits {
        32 => (4, 64, [[7, 18, 3], [17, 19, 10], [2, 13, 22], [6, 11, 25]]),
        _ => (8, 80, [[1, 8, 7], [19, 61, 6], [28, 34, 39], [14, 18, 41]]),
    };
    let mask = u64::MAX >> (64 - bits);
    let turn = |x: u64, n: u32| (x >> n | x << (bits - n)) & mask;
    let mix = |x: u64, by: [u32; 3]| turn(x, by[0]) ^ turn(x, by[1]) ^ turn(x, by[2]);
    let stir = |x: u64, by: [u32; 3]| turn(x, by[0]) ^ turn(x, by[1]) ^ x >> by[2];
    let mut state = *start;
    // A length of 128 bits, whose first half is zeros: those of a block that is eight bytes longer.
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % (size * 16) != size * 16 - 8 || (bits == 64 && (padded.len() - bytes.len()) < 9) {
        padded.push(0);
    }
    padded.extend_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(size * 16) {
        let mut w: Vec<u64> =
            block.chunks(size).map(|word| word.iter().fold(0, |n, b| n << 8 | u64::from(*b))).collect();
        let mut s = state;
        for i in 0..rounds {
            if i >= 16 {
                let (near, far) = (stir(w[i - 2], shifts[1]), stir(w[i - 15], shifts[0]));
                w.push(near.wrapping_add(w[i - 7]).wrapping_add(far).wrapping_add(w[i - 16]) & mask);
            }
            let pick = s[4] & s[5] ^ !s[4] & s[6];
            let most = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2];
            let constant = ROUNDS[i] >> (64 - bits);
            let one = s[7].wrapping_add(mix(s[4], shifts[3])).wrapping_add(pick).wrapping_add(constant);
            let one = one.wrapping_add(w[i]);
            let two = mix(s[0], shifts[2]).wrapping_add(most);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(one) & mask;
            s[0] = one.wrapping_add(two) & mask;
        }
        for (old, new) in state.iter_mut().zip(s) {
            *old = old.wrapping_add(new) & mask;
        }
    }
    state[..words].iter().flat_map(|word| word.to_be_bytes()[8 - size..].to_vec()).collect()
}

/// The first 64 bits of the fractions of the square roots of the first eight primes; SHA-256 starts from half of each.
const SHA512: [u64; 8] = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// The same of the next eight.
const SHA384: [u64; 8] = [
    0xCBBB_9D5D_C105_9ED8,
    0x629A_292A_367C_D507,
    0x9159_015A_3070_DD17,
    0x152F_ECD8_F70E_5939,
    0x6733_2667_FFC0_0B31,
    0x8EB4_4A87_6858_1511,
    0xDB0C_2E0D_64F9_8FA7,
    0x47B5_481D_BEFA_4FA4,
];

/// The first 64 bits of the fractions of the cube roots of the first 80 primes; SHA-256 takes half of each.
const ROUNDS: [u64; 80] = [
    0x428A_2F98_D728_AE22,
    0x7137_4491_23EF_65CD,
    0xB5C0_FBCF_EC4D_3B2F,
    0xE9B5_DBA5_8189_DBBC,
    0x3956_C25B_F348_B538,
    0x59F1_11F1_B605_D019,
    0x923F_82A4_AF19_4F9B,
    0xAB1C_5ED5_DA6D_8118,
    0xD807_AA98_A303_0242,
    0x1283_5B01_4570_6FBE,
    0x2431_85BE_4EE4_B28C,
    0x550C_7DC3_D5FF_B4E2,
    0x72BE_5D74_F27B_896F,
    0x80DE_B1FE_3B16_96B1,
    0x9BDC_06A7_25C7_1235,
    0xC19B_F174_CF69_2694,
    0xE49B_69C1_9EF1_4AD2,
    0xEFBE_4786_384F_25E3,
    0x0FC1_9DC6_8B8C_D5B5,
    0x240C_A1CC_77AC_9C65,
    0x2DE9_2C6F_592B_0275,
    0x4A74_84AA_6EA6_E483,
    0x5CB0_A9DC_BD41_FBD4,
    0x76F9_88DA_8311_53B5,
    0x983E_5152_EE66_DFAB,
    0xA831_C66D_2DB4_3210,
    0xB003_27C8_98FB_213F,
    0xBF59_7FC7_BEEF_0EE4,
    0xC6E0_0BF3_3DA8_8FC2,
    0xD5A7_9147_930A_A725,
    0x06CA_6351_E003_826F,
    0x1429_2967_0A0E_6E70,
    0x27B7_0A85_46D2_2FFC,
    0x2E1B_2138_5C26_C926,
    0x4D2C_6DFC_5AC4_2AED,
    0x5338_0D13_9D95_B3DF,
    0x650A_7354_8BAF_63DE,
    0x766A_0ABB_3C77_B2A8,
    0x81C2_C92E_47ED_AEE6,
    0x9272_2C85_1482_353B,
    0xA2BF_E8A1_4CF1_0364,
    0xA81A_664B_BC42_3001,
    0xC24B_8B70_D0F8_9791,
    0xC76C_51A3_0654_BE30,
    0xD192_E819_D6EF_5218,
    0xD699_0624_5565_A910,
    0xF40E_3585_5771_202A,
    0x106A_A070_32BB_D1B8,
    0x19A4_C116_B8D2_D0C8,
    0x1E37_6C08_5141_AB53,
    0x2748_774C_DF8E_EB99,
    0x34B0_BCB5_E19B_48A8,
    0x391C_0CB3_C5C9_5A63,
    0x4ED8_AA4A_E341_8ACB,
    0x5B9C_CA4F_7763_E373,
    0x682E_6FF3_D6B2_B8A3,
    0x748F_82EE_5DEF_B2FC,
    0x78A5_636F_4317_2F60,
    0x84C8_7814_A1F0_AB72,
    0x8CC7_0208_1A64_39EC,
    0x90BE_FFFA_2363_1E28,
    0xA450_6CEB_DE82_BDE9,
    0xBEF9_A3F7_B2C6_7915,
    0xC671_78F2_E372_532B,
    0xCA27_3ECE_EA26_619C,
    0xD186_B8C7_21C0_C207,
    0xEADA_7DD6_CDE0_EB1E,
    0xF57D_4F7F_EE6E_D178,
    0x06F0_67AA_7217_6FBA,
    0x0A63_7DC5_A2C8_98A6,
    0x113F_9804_BEF9_0DAE,
    0x1B71_0B35_131C_471B,
    0x28DB_77F5_2304_7D84,
    0x32CA_AB7B_40C7_2493,
    0x3C9E_BE0A_15C9_BEBC,
    0x431D_67C4_9C10_0D4C,
    0x4CC5_D4BE_CB3E_42B6,
    0x597F_299C_FC65_7E2A,
    0x5FCB_6FAB_3AD6_FAEC,
    0x6C44_198C_4A47_5817,
];
