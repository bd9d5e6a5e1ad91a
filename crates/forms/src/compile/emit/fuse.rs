//! The last step over finished bytecode: fewer, larger instructions.

use crate::program::{Branch, Op};

/// Makes a test and the branch behind it one instruction, and two bounds on one slot one test, and drops what changes
/// nothing: a truth value of a truth value. Jumps are moved to where their targets went.
pub(super) fn fuse(code: &mut Vec<Op>) {
    let target = |op: &Op| match op {
        Op::Jump(to) | Op::JumpUnless(to) | Op::AndJump(to) | Op::OrJump(to) => Some(*to),
        _ => None,
    };
    let targets: Vec<u32> = code.iter().filter_map(target).collect();
    let mut moved = Vec::with_capacity(code.len() + 1);
    let mut out: Vec<Op> = Vec::with_capacity(code.len());
    for (i, op) in code.iter().enumerate() {
        moved.push(out.len() as u32);
        let joined = targets.contains(&(i as u32));
        let fused = match (op, out.last()) {
            _ if joined => None,
            (Op::AndJump(to), Some(test)) => branch(*test, Branch::And, *to),
            (Op::OrJump(to), Some(test)) => branch(*test, Branch::Or, *to),
            (Op::JumpUnless(to), Some(test)) => branch(*test, Branch::Unless, *to),
            (Op::ToBool, Some(last)) if is_truth(last) => Some(*last),
            (Op::CompareWith(at, high, most), Some(Op::CompareBranch(same, low, least, Branch::And, to)))
                if at == same && ends(code, i, *to) =>
            {
                Some(Op::Within(*at, [*low, *high], [*least, *most]))
            }
            _ => None,
        };
        match (fused, out.last_mut()) {
            (Some(fused), Some(last)) => {
                *last = fused;
                moved[i] = out.len() as u32 - u32::from(!matches!(op, Op::ToBool));
            }
            _ => out.push(*op),
        }
    }
    moved.push(out.len() as u32);
    for op in &mut out {
        if let Op::Jump(to)
        | Op::JumpUnless(to)
        | Op::AndJump(to)
        | Op::OrJump(to)
        | Op::AmongBranch(_, _, _, to)
        | Op::CompareBranch(_, _, _, _, to) = op
        {
            *to = moved[*to as usize];
        }
    }
    *code = out;
}

fn branch(test: Op, branch: Branch, to: u32) -> Option<Op> {
    match test {
        Op::Among(at, set) => Some(Op::AmongBranch(at, set, branch, to)),
        Op::CompareWith(at, cmp, n) => Some(Op::CompareBranch(at, cmp, n, branch, to)),
        _ => None,
    }
}

/// Whether a jump behind the instruction at `i` leads to where that one's truth value is finished.
fn ends(code: &[Op], i: usize, to: u32) -> bool {
    let behind = i + 1 + usize::from(code.get(i + 1) == Some(&Op::ToBool));
    to as usize == behind
}

/// Whether the last instruction leaves a truth value, whatever came before it.
fn is_truth(op: &Op) -> bool {
    op.is_test() || matches!(op, Op::Bool(_) | Op::Compare(_) | Op::Not)
}
