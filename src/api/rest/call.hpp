// What a handler of the REST API is given and what it gives back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "vedette/api/access.hpp"
#include "vedette/api/principal.hpp"
#include "vedette/api/rest.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/base/result.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette::api {

using Json = boost::json::value;

struct Reply {
  int status = 200;
  Json body;        // sent as JSON unless `raw` is used or the status has no body
  std::string raw;  // with content_type
  std::string content_type;
  std::string etag;       // without quotes; usually the version of a record
  net::Headers headers;   // Location, Link, ...
  bool streamed = false;  // the handler wrote the answer through Call::stream
};

// RFC 9457: type "urn:vedette:problem:<slug>", title, status, detail (what happened and what to do).
struct FieldProblem {
  std::string pointer;  // JSON pointer into the body ("/filter"), or "query:limit", "header:If-Match"
  std::string message;
  std::int64_t column = 0;  // of a query text, from 1; 0: none
};
Reply problem(int status, std::string_view slug, std::string_view detail,
              std::vector<FieldProblem> errors = {});
Reply problem_of(
    const base::Error& error);  // not_found 404, invalid_argument 422, busy 409, limit 413/422, ...
Reply problem_of(const Refusal& refusal);
Reply not_found(std::string_view what);  // the same for what is not there and what is not seen

// Server-sent events or rows, one after another. Blocks while the client is slow.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual bool write(std::string_view bytes) = 0;  // false: the client has gone
  // An event of text/event-stream; `data` may hold line ends.
  bool event(std::string_view name, std::string_view data, std::string_view id = {});
  bool comment();  // keep-alive
};

// One request, authenticated, permitted and validated against openapi.yaml. Used by one thread.
class Call {
 public:
  virtual ~Call() = default;
  virtual std::string_view operation_id() const = 0;
  virtual const Principal& principal() const = 0;
  virtual const Origin& origin() const = 0;
  virtual std::string_view path(std::string_view name) const = 0;  // a path parameter, decoded; always there
  virtual std::optional<std::string_view> query(std::string_view name) const = 0;
  virtual std::vector<std::string_view> query_all(std::string_view name) const = 0;
  virtual std::int64_t integer(std::string_view name, std::int64_t otherwise) const = 0;  // query parameter
  virtual bool flag(std::string_view name) const = 0;
  // Validated, with the defaults of its schema filled in; null without a body.
  virtual const Json& body() const = 0;
  virtual const std::string& raw_body() const = 0;
  // The version of If-Match; nullopt: none was sent. `*` is any version.
  virtual std::optional<std::uint64_t> if_match() const = 0;
  virtual const base::CancellationToken& cancellation() const = 0;  // client gone, server stops
  // Events that the principal sees. Lives as long as the call.
  virtual const ports::LogStore& events() const = 0;
  virtual std::shared_ptr<const ports::LogStore> shared_events() const = 0;  // for jobs
  // Ends the head; the handler then returns Reply{.streamed = true}.
  virtual Stream& stream(std::string_view content_type, net::Headers headers = {}) = 0;
  // Goes into the audit entry of this call. Every call that is not a plain read of the caller's own data is
  // audited by the router (x-audit in openapi.yaml); changes in the record store go through apply, which
  // writes the entry in the same transaction.
  virtual void note(std::string_view key, std::string_view value) = 0;
  virtual void target(std::string_view target) = 0;
  // What the handler called (Access) has written the audit entry of this change itself, in its transaction.
  virtual void audited() {}
  virtual base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> writes) = 0;
};

using Handler = std::function<Reply(Call&)>;
// By operationId.
using HandlerTable = std::map<std::string, Handler, std::less<>>;

// Pages: ?limit=&after=; {"items": [...], "next": "cursor" or null}.
Json page_json(boost::json::array items, std::string_view next);

// A text of nanoseconds is an RFC 3339 time in JSON.
Json time_json(base::TimeNs time);  // null for 0

// Long work: POST answers 202 with a job and Location: /api/v1/jobs/{id}.
struct JobProgress {
  std::function<void(double share, std::string_view sentence)> report;  // 0..1
  const base::CancellationToken& cancellation;
};
using JobWork = std::function<Reply(const JobProgress&)>;  // its body becomes the job's result
Reply start_job(const RestParts& parts, Call& call, std::string_view kind, JobWork work);

#define VEDETTE_REPLY_CONCAT_(a, b) a##b
#define VEDETTE_REPLY_CONCAT(a, b) VEDETTE_REPLY_CONCAT_(a, b)
#define REPLY_ASSIGN_(temporary, target, expression)               \
  auto temporary = (expression);                                   \
  if (!temporary.ok()) return ::vedette::api::reply_of(temporary); \
  target = std::move(*temporary)
// Assigns the value of a Result or an Allowed, or returns the problem.
#define REPLY_ASSIGN(target, expression) \
  REPLY_ASSIGN_(VEDETTE_REPLY_CONCAT(reply_result_, __LINE__), target, expression)
template <typename T>
Reply reply_of(const base::Result<T>& result) {
  return problem_of(result.error());
}
template <typename T>
Reply reply_of(const Allowed<T>& allowed) {
  return problem_of(allowed.refusal());
}

}  // namespace vedette::api
