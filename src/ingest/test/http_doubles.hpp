// An exchange and an intake that record, for listeners over HTTP.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "listeners/http_endpoint.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest::test {

class RecordingExchange : public net::HttpExchange {
 public:
  explicit RecordingExchange(net::HttpRequest request) : request_(std::move(request)) {}
  const net::HttpRequest& request() const override { return request_; }
  std::string take_body() override { return std::exchange(request_.body, {}); }
  void respond(net::HttpResponse response) override {
    ++answers;
    answer = std::move(response);
  }
  void begin(net::HttpResponse head) override { answer = std::move(head); }
  bool write(std::string_view bytes) override {
    answer.body += bytes;
    return true;
  }
  void end() override { ++answers; }
  bool client_gone() const override { return false; }

  net::HttpResponse answer;
  int answers = 0;

 private:
  net::HttpRequest request_;
};

struct DeadLetter {
  std::string bytes, reason;
};

class RecordingIntake : public ports::Intake {
 public:
  bool offer(model::RawBatch& batch) override {
    const std::lock_guard lock(mutex);
    if (full) return false;
    batches.push_back(std::move(batch));
    if (!waiting) answer(batches.back());
    return true;
  }
  void when_ready(std::function<void()> call) override { call(); }
  base::Status accepting() const override {
    if (closed) return *closed;
    return base::ok_status();
  }
  std::chrono::seconds retry_after() const override { return std::chrono::seconds(7); }
  void dropped(const std::string&, const std::string&, std::uint64_t) override {}
  void dead_letter(const std::string&, const std::shared_ptr<const model::Source>&, std::string_view bytes,
                   std::string_view reason) override {
    dead_letters.push_back({std::string(bytes), std::string(reason)});
  }

  // Answers what came: stored, unless `outcomes` has another answer for the record's place in all of them.
  void answer(model::RawBatch& batch) {
    if (failure) return batch.done(*failure);
    std::vector<model::RecordOutcome> out;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      const auto found = outcomes.find(records_answered);
      out.push_back(found == outcomes.end() ? model::RecordOutcome{} : found->second);
      out.back().sequence = ++records_answered;
    }
    batch.done(std::move(out));
  }

  std::mutex mutex;
  std::vector<model::RawBatch> batches;
  std::vector<DeadLetter> dead_letters;
  std::map<std::size_t, model::RecordOutcome> outcomes;  // by number of the record, from 0
  std::size_t records_answered = 0;
  bool full = false, waiting = false;
  std::optional<base::Error> closed;   // what accepting() says
  std::optional<base::Error> failure;  // what batches come to
};

// A request as the server would hand it over.
inline net::HttpRequest make_request(std::string method, std::string_view target, net::Headers headers = {},
                                     std::string body = {}) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.peer.address = *base::IpAddress::parse("192.0.2.7");
  const std::size_t mark = std::min(target.find('?'), target.size());
  net::percent_decode(target.substr(0, mark), false, request.path);
  for (const std::string_view segment : base::split(target.substr(1, mark - 1), '/')) {
    if (!segment.empty()) net::percent_decode(segment, false, request.segments.emplace_back());
  }
  for (const std::string_view pair : base::split(target.substr(std::min(mark + 1, target.size())), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = request.query.emplace_back();
    net::percent_decode(pair.substr(0, equals), true, name);
    net::percent_decode(pair.substr(std::min(equals + 1, pair.size())), true, value);
  }
  return request;
}

}  // namespace vedette::ingest::test
