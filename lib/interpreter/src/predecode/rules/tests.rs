use super::*;
use crate::fusions::Fusion;

#[test]
fn rules_are_found_by_their_instructions() {
    for rule in RULES {
        for &first in rule.firsts {
            assert!(any(first), "{rule:?}");
            for &second in rule.seconds {
                let constant = rule.shape.begins_with_constant();
                let mut found = rules(first, constant, second);
                assert!(found.any(|one| std::ptr::eq(one, rule)), "{rule:?}");
            }
        }
    }
    assert!(!any(Op::Jump));
    assert!(rules(Op::Move, false, Op::Jump).next().is_none());
    assert!(rules(Op::Jump, false, Op::Move).next().is_none());
}

/// The cells that rules make are those whose column names a fusion; that of two bytes moved at once is one
/// instruction's.
#[test]
fn every_fused_cell_has_a_rule() {
    for &cell in Cell::ALL {
        let made = RULES.iter().any(|rule| rule.cell == Some(cell));
        let fused = cell.columns().fusion.filter(|&one| one != Fusion::Bulk);
        let paid = format!("{cell:?}").ends_with("Paid");
        assert_eq!(made, fused.is_some() && !paid, "{cell:?}");
    }
}
