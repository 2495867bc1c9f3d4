#include "curl_parts.hpp"

#include <ctime>
#include <mutex>

#include <sys/socket.h>

#include "address_policy.hpp"

namespace vedette::adapters {

namespace {

constexpr int kPollMs = 50;  // how late a cancellation may be seen

}  // namespace

void init_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

NoPipeSignal::NoPipeSignal() {
  sigemptyset(&signal_);
  sigaddset(&signal_, SIGPIPE);
  sigset_t pending;
  sigpending(&pending);
  was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &signal_, &before_);
}

NoPipeSignal::~NoPipeSignal() {
  const timespec at_once{};
  if (!was_pending_) {
    while (sigtimedwait(&signal_, nullptr, &at_once) == SIGPIPE) continue;
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<CURLcode> run_transfer(CURLM* multi, const base::CancellationToken& cancellation) {
  int running = 1;
  while (true) {
    if (cancellation.cancelled()) return std::nullopt;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message ? message->data.result : CURLE_FAILED_INIT;
}

curl_socket_t open_checked_socket(curlsocktype purpose, const curl_sockaddr& address, bool allow_private,
                                  std::string& refused) {
  const PeerAddress peer = peer_address(address.addr);
  const bool allowed = peer.kind == AddressKind::open || (peer.kind == AddressKind::own && allow_private);
  if (purpose != CURLSOCKTYPE_IPCXN || !allowed) {
    refused = peer.text;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

}  // namespace vedette::adapters
