#include "interrupt.hpp"

#include <csignal>

namespace vedette::cli {
namespace {

base::CancellationToken interrupted;

extern "C" void on_interrupt(int signal) {
  interrupted.cancel();
  std::signal(signal, SIG_DFL);
}

}  // namespace

base::CancellationToken& interrupt_token() {
  static const bool installed = [] {
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    return true;
  }();
  static_cast<void>(installed);
  return interrupted;
}

}  // namespace vedette::cli
