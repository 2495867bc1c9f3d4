// What the listeners over HTTP share: their logic works on exchanges and knows no sockets.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/base/metrics.hpp"
#include "vedette/ingest/listener.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/intake.hpp"

namespace vedette::ingest {

// Why events are not taken now; all of them may be sent again.
struct HttpRefusal {
  enum class Kind : std::uint8_t { overload, rate, no_space, closing, fault };
  Kind kind = Kind::overload;
  std::string message;
  std::chrono::seconds retry_after{1};
};
// The reason label of vedette_listener_rejected_total.
std::string_view refusal_reason(HttpRefusal::Kind kind);

// Events a second on average: a batch is let through while the budget is positive, and may overdraw it.
// Thread safe.
class HttpRate {
 public:
  explicit HttpRate(std::uint64_t per_second) : per_second_(static_cast<double>(per_second)) {}
  bool take(std::uint64_t events, std::chrono::steady_clock::time_point now);
  // What take() took for events that were then refused.
  void give_back(std::uint64_t events);

 private:
  const double per_second_;  // 0: no bound
  std::mutex mutex_;         // guards what follows
  double budget_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

// The way from an endpoint to the intake, with counters. Thread safe.
class HttpDoor {
 public:
  struct Options {
    std::string listener;  // "elasticsearch"
    std::uint64_t max_event_bytes = 1u << 20;
    std::uint64_t max_events_per_second = 0;
  };
  HttpDoor(ports::Intake& intake, base::Metrics& metrics, Options options);

  const std::string& listener() const { return options_.listener; }
  std::uint64_t max_event_bytes() const { return options_.max_event_bytes; }
  // "<listener>://192.0.2.7", the same object for the same address.
  std::shared_ptr<const model::Source> source(const net::Peer& peer);

  // Nothing if events are taken at present.
  std::optional<HttpRefusal> closed() const;
  // A batch for this listener and sender, without records.
  model::RawBatch make_batch(const net::Peer& peer, std::shared_ptr<const std::string> bytes);
  // Hands the batch over and counts it. On a refusal its `done` is never called.
  std::optional<HttpRefusal> offer(model::RawBatch& batch);
  // The refusal for a batch that was taken but not stored.
  HttpRefusal refusal_of(const base::Error& error) const;

  void count_rejected(std::string_view reason, std::uint64_t events = 1);
  // Counts one item that is no record, and keeps its bytes.
  void reject(const net::Peer& peer, std::string_view bytes, std::string_view reason_label,
              std::string_view reason);

 private:
  ports::Intake& intake_;
  base::Metrics& metrics_;
  const Options options_;
  HttpRate rate_;
  std::mutex mutex_;  // guards sources_
  std::unordered_map<std::string, std::shared_ptr<const model::Source>> sources_;
};

// Answers requests. Thread safe; calls do not block.
class HttpEndpoint {
 public:
  virtual ~HttpEndpoint() = default;
  // False: the refusal is the answer. Asked with the header alone, and again with the whole request.
  virtual bool admit(const net::HttpRequest& head, net::HttpResponse& refusal) = 0;
  // Answers an admitted request, now or later.
  virtual void answer(net::ExchangePtr exchange) = 0;
  // The answer for faults the server finds (413, 431, ...).
  virtual net::HttpResponse error_answer(int status, std::string_view reason) const = 0;

  void handle(const net::ExchangePtr& exchange);  // admit and answer
};

// Serves an endpoint by the common options of network listeners.
std::unique_ptr<Listener> make_http_listener(const ListenerContext& context,
                                             const base::ConfigSection& config,
                                             std::shared_ptr<HttpEndpoint> endpoint);
std::shared_ptr<HttpDoor> make_http_door(const ListenerContext& context, const base::ConfigSection& config,
                                         std::string name);

// A set of secrets. Comparisons take the same time whatever they hold.
class HttpSecrets {
 public:
  // Separated by commas or line ends.
  explicit HttpSecrets(std::string_view list);
  bool empty() const { return secrets_.empty(); }
  bool contains(std::string_view candidate) const;

 private:
  std::vector<std::string> secrets_;
};

// The rest of an Authorization header after its scheme (any case); nothing if the scheme is another.
std::optional<std::string_view> authorization(const net::HttpRequest& request, std::string_view scheme);
// "user:password" of Basic credentials.
std::optional<std::string> basic_credentials(const net::HttpRequest& request);
// A page in a browser sent this; shippers never do. (A page of anyone could write to a listener on loopback.)
bool from_web_page(const net::HttpRequest& request);

net::HttpResponse text_answer(int status, std::string body, std::string content_type);
void add_retry_after(net::HttpResponse& response, std::chrono::seconds after);
// The body, in memory that goes on for kJsonPadding bytes behind it.
inline constexpr std::size_t kJsonPadding = 64;
std::shared_ptr<std::string> take_shared_body(net::HttpExchange& exchange, bool padded);
base::TimeNs http_clock_now();

}  // namespace vedette::ingest
