// What the users of libcurl share.
#pragma once

#include <csignal>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "vedette/base/cancellation.hpp"

namespace vedette::adapters {

// Before the first use of libcurl; thread safe.
void init_curl();

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlMultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Keeps SIGPIPE from this thread: TLS libraries write to sockets whose other end may be gone.
class NoPipeSignal {
 public:
  NoPipeSignal();
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal();

 private:
  sigset_t signal_{}, before_{};
  bool was_pending_ = false;
};

// Runs the one transfer of `multi`. Nothing when cancelled.
std::optional<CURLcode> run_transfer(CURLM* multi, const base::CancellationToken& cancellation);

// A socket for the address if the policy lets it be reached, else CURL_SOCKET_BAD and its text in `refused`.
curl_socket_t open_checked_socket(curlsocktype purpose, const curl_sockaddr& address, bool allow_private,
                                  std::string& refused);

}  // namespace vedette::adapters
