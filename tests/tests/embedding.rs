//! What programs that embed the library are told, and the tools' users are not.

use std::fs;

use vbc::Vm;
use vbc::runtime::Value;
use vbc_tests::scratch;

#[test]
fn what_cannot_be_loaded() {
    let folder = scratch();
    let mut vm = Vm::new();
    let error = vm.load_file(folder.path().join("missing.vitbc"));
    assert_eq!(
        error.expect_err("there is no file").to_string(),
        "error[R0010]: cannot read the file: No such file or directory"
    );
    let error = vm.load_file(folder.path());
    assert_eq!(
        error.expect_err("it is a folder").to_string(),
        "error[R0010]: cannot read the file: Is a directory"
    );
}

#[test]
fn what_cannot_be_run() {
    let mut vm = Vm::new();
    let message = |error: vbc::RunError| error.to_string();
    assert_eq!(
        vm.run().map_err(message),
        Err("error[R0005]: no module is loaded".to_owned())
    );
    let folder = scratch();
    let path = folder.path().join("lib.vitasm");
    let text = "FUNC twice(x) -> i64\n  ADD y, x, x\n  RETURN y\nEND\n";
    fs::write(&path, text).expect("the folder can be written");
    vm.load_file(&path).expect("it is a module");
    assert_eq!(
        vm.run().map_err(message),
        Err("error[R0005]: the module has no entry function".to_owned())
    );
    assert_eq!(
        vm.invoke("thrice", &[]).map_err(message),
        Err("error[R0006]: there is no function `thrice`".to_owned())
    );
    assert_eq!(
        vm.invoke("twice", &[Value::I32(1)]).map_err(message),
        Err("error[R0007]: `twice` has type (i64) -> i64, the arguments are (i32)".to_owned())
    );
    assert_eq!(
        vm.invoke("twice", &[Value::I64(21)]).map_err(message),
        Ok(vec![Value::I64(42)])
    );
}

#[test]
fn what_cannot_be_saved() {
    let folder = scratch();
    let module = vbc::asm::assemble(b"MAIN\nEND\n", "m.vitasm", &Default::default());
    let module = module.expect("it is a module");
    let error = module.save(folder.path().join("missing/m.vitbc"));
    assert_eq!(
        error.expect_err("there is no folder").to_string(),
        "error[R0014]: cannot write the file: No such file or directory"
    );
    let path = folder.path().join("m.vitbc");
    module.save(&path).expect("the folder can be written");
    assert_eq!(Vm::new().load_file(&path), Ok(()));
}
