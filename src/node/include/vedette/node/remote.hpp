// A Vedette server that is asked over its REST API, for the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"

namespace vedette::node {

struct RemoteOptions {
  std::string url;         // "https://soc.example:8686"; http only to this machine
  std::string ca_file;     // instead of the system's authorities
  std::string pinned_key;  // "sha256//..."; the server must have this key, then authorities do not matter
  std::string token;       // of a session (vds_...) or an API key (vdk_...); empty: none is sent
  std::chrono::milliseconds timeout{60'000};  // of one request
};

// An answer of RFC 9457. Its texts are the server's: not escaped.
struct RemoteProblem {
  struct Field {
    std::string pointer, message;
  };
  int status = 0;
  std::string slug;  // of urn:vedette:problem:<slug>; empty: the body was no problem
  std::string detail;
  std::vector<Field> errors;

  base::Error to_error() const;  // control characters escaped
};

struct RemoteRequest {
  std::string method = "GET";
  std::string path;                                    // below /api/v1, with its query: "/rules?limit=10"
  std::string body;                                    // empty: none
  std::string content_type = "application/json";       // of the body
  std::string if_match;                                // a version, without quotes; empty: none
  std::chrono::milliseconds timeout{0};                // 0: that of the options
  std::function<bool(std::string_view)> on_body = {};  // as OutboundRequest::on_body
};

struct RemoteAnswer {
  int status = 0;
  std::string body;
  std::string etag;  // without quotes
  bool ok() const { return status >= 200 && status < 300; }
  RemoteProblem problem() const;
};

// A list of the API. Those without pages take no parameters about pages.
struct RemoteList {
  std::string path;  // as RemoteRequest::path
  bool has_pages = true;
};

// Not thread safe. Answers are bounded (64 MB), redirects are not followed. What was refused because too much
// was asked (429, or 503 with Retry-After) is asked again, as long as the server wants a minute at most.
class RemoteServer {
 public:
  // invalid_argument: no such URL, a token with characters that no token has, http to another machine.
  static base::Result<RemoteServer> at(RemoteOptions options, const base::CancellationToken& cancellation);

  const RemoteOptions& options() const { return options_; }
  void set_token(std::string token) { options_.token = std::move(token); }
  // Called when the server wants the user to confirm the session (problem step-up); the request is then
  // repeated once.
  void on_step_up(std::function<base::Status(RemoteServer&)> confirm) { confirm_ = std::move(confirm); }

  // Whatever the status. Errors: io, limit, cancelled.
  base::Result<RemoteAnswer> ask(const RemoteRequest& request);
  // Answers of 200 to 299; others are errors, as RemoteProblem::to_error.
  base::Result<RemoteAnswer> call(const RemoteRequest& request);
  base::Result<RemoteAnswer> get(std::string path);
  base::Result<RemoteAnswer> post(std::string path, std::string body);
  base::Result<RemoteAnswer> put(std::string path, std::string body, std::string if_match);
  base::Result<RemoteAnswer> patch(std::string path, std::string body, std::string if_match);
  base::Result<RemoteAnswer> remove(std::string path, std::string if_match = {});

  // The items of a list, page after page, as JSON texts; at most `limit`, fewer if `on_item` answers false.
  base::Status list(const RemoteList& list, std::uint64_t limit,
                    const std::function<bool(std::string_view item)>& on_item);

 private:
  RemoteServer(RemoteOptions options, const base::CancellationToken& cancellation);
  base::Result<RemoteAnswer> exchange(const RemoteRequest& request);
  bool wait(std::chrono::milliseconds time) const;  // false: cancelled

  RemoteOptions options_;
  const base::CancellationToken* cancellation_;
  std::function<base::Status(RemoteServer&)> confirm_;
  bool confirming_ = false;
  struct Client;
  std::shared_ptr<Client> client_;
};

// One segment of a path or one value of a query.
std::string url_encoded(std::string_view text);

// The URL as it is kept: with a scheme (https if none is given), in lower case, without a slash at the end.
// invalid_argument: no URL of a server.
base::Result<std::string> server_url(std::string_view text);
// "soc.example:8686" of a URL.
std::string server_name(std::string_view url);
// Whether the host of the URL is this machine, so that nobody listens on the way.
bool is_loopback_url(std::string_view url);

// One GET of a server that is known by its key alone, for health checks: "https://127.0.0.1:8686/readyz". An
// answer of at most 64 KB, of any status. Errors: as HttpClient::send.
base::Result<RemoteAnswer> get_pinned(const std::string& url, const std::string& pinned_key,
                                      std::chrono::milliseconds timeout);

struct RemoteKey {
  bool trusted = false;  // by the authorities
  std::string pin;
  std::string problem;  // why not
};
base::Result<RemoteKey> fetch_remote_key(const std::string& url, const std::string& ca_file,
                                         std::chrono::milliseconds timeout);
// The pin of the first certificate of a PEM file.
base::Result<std::string> certificate_key_pin(const std::string& file);

}  // namespace vedette::node
