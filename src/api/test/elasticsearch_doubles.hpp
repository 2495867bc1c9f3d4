// Stand-ins for the tests of the Elasticsearch search: an exchange that records, a store that waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "vedette/base/text.hpp"
#include "vedette/net/http_server.hpp"
#include "vedette/ports/log_store.hpp"

namespace vedette::api::test {

class RecordingExchange : public net::HttpExchange {
 public:
  RecordingExchange(std::string method, std::string path, std::string body) {
    const std::size_t mark = path.find('?');
    request_.method = std::move(method);
    request_.path = path.substr(0, mark);
    for (const std::string_view part : base::split(std::string_view(request_.path).substr(1), '/')) {
      if (!part.empty()) request_.segments.emplace_back(part);
    }
    const std::string query = mark == std::string::npos ? "" : path.substr(mark + 1);
    for (const std::string_view pair : base::split(query, '&')) {
      const std::size_t equals = pair.find('=');
      if (pair.empty()) continue;
      request_.query.emplace_back(pair.substr(0, equals),
                                  equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    }
    request_.body = std::move(body);
  }
  const net::HttpRequest& request() const override { return request_; }
  std::string take_body() override { return std::exchange(request_.body, {}); }
  void respond(net::HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(response);
    ++answers_;
    answered_.notify_all();
  }
  void begin(net::HttpResponse) override {}
  bool write(std::string_view) override { return false; }
  void end() override {}
  bool client_gone() const override {
    const std::lock_guard lock(mutex_);
    return gone_;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    gone_ = true;
  }
  // The answer, waited for; status 0: none came.
  net::HttpResponse wait() {
    std::unique_lock lock(mutex_);
    if (!answered_.wait_for(lock, std::chrono::seconds(20), [this] { return answers_ > 0; })) {
      return net::HttpResponse{0, {}, {}};
    }
    return answer_;
  }

 private:
  net::HttpRequest request_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable answered_;
  net::HttpResponse answer_;
  int answers_ = 0;
  bool gone_ = false;
};

// Searches end only when they are cancelled.
class EndlessStore : public ports::LogStore {
 public:
  base::Result<model::SearchResult> search(const model::SearchRequest&, const model::RowSink&,
                                           const base::CancellationToken& cancellation) const override {
    {
      const std::lock_guard lock(mutex_);
      ++begun_;
      changed_.notify_all();
    }
    while (!cancellation.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    model::SearchResult result;
    result.cut = model::Cut::cancelled;
    result.cut_reason = "the search was cancelled";
    return result;
  }
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange&) const override {
    return std::vector<ports::FieldUse>();
  }
  bool wait_for(int searches) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return begun_ >= searches; });
  }

 private:
  mutable std::mutex mutex_;  // guards begun_
  mutable std::condition_variable changed_;
  mutable int begun_ = 0;
};

}  // namespace vedette::api::test
