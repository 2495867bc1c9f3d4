// One request on its way through the API, and the Call that its handler is given.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/call.hpp"
#include "rest/openapi_document.hpp"
#include "rest/rate_limit.hpp"

namespace vedette::api {

inline constexpr std::string_view kApiPrefix = "/api/v1";

struct RestRequest {
  net::ExchangePtr exchange;
  const Operation* operation = nullptr;
  const Handler* handler = nullptr;
  std::chrono::steady_clock::time_point begun;
  Origin origin;
  Principal principal;
  std::string token;  // of a stream: looked at again while it runs
  std::optional<RateVerdict> rate;
  std::map<std::string, std::string, std::less<>> path;
  // Of the query and, under their names, the headers that the operation declares; with defaults.
  std::map<std::string, std::vector<std::string>, std::less<>> parameters;
  Json body;
  std::string raw_body;
  std::optional<std::uint64_t> if_match;
  base::CancellationToken cancellation;
  std::atomic<bool> handled{false};  // principal and token do not change any more

  std::string target;
  std::vector<std::pair<std::string, std::string>> notes;
  bool audited = false;
};

// The entry that tells of the request. `reason`: of what was not done.
AuditEntry audit_entry(const RestRequest& request, std::string_view outcome, std::string_view reason);

// Headers of every answer, and those of this one.
net::HttpResponse make_response(Reply reply, const RestRequest& request);

class RestCall final : public Call {
 public:
  RestCall(const RestParts& parts, RestRequest& request) : parts_(parts), request_(request) {}
  ~RestCall() override;
  std::string_view operation_id() const override { return request_.operation->id; }
  const Principal& principal() const override { return request_.principal; }
  const Origin& origin() const override { return request_.origin; }
  std::string_view path(std::string_view name) const override;
  std::optional<std::string_view> query(std::string_view name) const override;
  std::vector<std::string_view> query_all(std::string_view name) const override;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const override;
  bool flag(std::string_view name) const override;
  const Json& body() const override { return request_.body; }
  const std::string& raw_body() const override { return request_.raw_body; }
  std::string_view cookie(std::string_view name) const override;
  std::optional<std::uint64_t> if_match() const override { return request_.if_match; }
  const base::CancellationToken& cancellation() const override { return request_.cancellation; }
  const ports::LogStore& events() const override { return *shared_events(); }
  std::shared_ptr<const ports::LogStore> shared_events() const override;
  Stream& stream(std::string_view content_type, net::Headers headers) override;
  void note(std::string_view key, std::string_view value) override;
  void target(std::string_view target) override { request_.target = std::string(target); }
  void audited() override { request_.audited = true; }
  base::Result<std::vector<std::uint64_t>> apply(std::span<const ports::RecordWrite> writes) override;

  // Whether the head of a stream was sent: then there is no other answer.
  bool streaming() const { return stream_ != nullptr && stream_begun_; }
  // Why the stream could not begin, if so.
  const std::optional<base::Error>& stream_fault() const { return stream_fault_; }

 private:
  const RestParts& parts_;
  RestRequest& request_;
  mutable std::shared_ptr<const ports::LogStore> events_;
  std::unique_ptr<Stream> stream_;
  bool stream_begun_ = false;
  std::optional<base::Error> stream_fault_;
};

}  // namespace vedette::api
