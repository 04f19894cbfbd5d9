pub(crate) async fn run(
    _: crate::arguments::ShowArguments,
    _: &crate::console::Console,
    _: crate::interrupt::Interrupt,
) -> crate::exit::Exit {
    crate::exit::Exit::Failed
}
