// The threads that answer searches, and the one that looks whether clients are still there.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "elasticsearch/actions.hpp"

namespace vedette::api {
namespace {

constexpr std::chrono::milliseconds kLook{100};

void send_reply(const net::ExchangePtr& exchange, es::Reply reply) {
  net::HttpResponse response;
  response.status = reply.status;
  response.headers = {{"Content-Type", std::move(reply.type)}};
  if (reply.status == 429 || reply.status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body = std::move(reply.body);
  exchange->respond(std::move(response));
}

es::Reply closing_reply() {
  return es::fault_reply({503, "node_closed_exception", "node is closing", {}});
}

// Shared with the handlers, which may outlive the service.
class SearchPool {
 public:
  SearchPool(const ports::LogStore& store, ElasticsearchSearchOptions options)
      : options_(std::move(options)), actions_(store, options_) {
    for (int i = 0; i < std::max(1, options_.threads); ++i) threads_.emplace_back([this] { work(); });
    threads_.emplace_back([this] { watch(); });
  }

  void take(net::ExchangePtr exchange) {
    std::unique_lock lock(mutex_);
    if (stopped_) {
      lock.unlock();
      return send_reply(exchange, closing_reply());
    }
    if (queue_.size() >= options_.max_queue) {
      lock.unlock();
      return send_reply(exchange, es::fault_reply({429,
                                                   "es_rejected_execution_exception",
                                                   "rejected execution: too many searches wait already",
                                                   {}}));
    }
    queue_.push_back(std::make_shared<Job>(std::move(exchange)));
    lock.unlock();
    wake_.notify_all();
  }

  void stop() {
    std::deque<std::shared_ptr<Job>> left;
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      left.swap(queue_);
      threads.swap(threads_);
      for (const auto& job : running_) job->cancellation.cancel();
    }
    wake_.notify_all();
    for (const auto& job : left) send_reply(job->exchange, closing_reply());
    for (std::thread& thread : threads) thread.join();
  }

 private:
  struct Job {
    explicit Job(net::ExchangePtr from) : exchange(std::move(from)) {}
    net::ExchangePtr exchange;
    base::CancellationToken cancellation;
  };

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (stopped_) return;
      const std::shared_ptr<Job> job = std::move(queue_.front());
      queue_.pop_front();
      running_.push_back(job);
      lock.unlock();
      if (!job->exchange->client_gone()) {
        const std::string body = job->exchange->take_body();
        send_reply(job->exchange, actions_.answer(job->exchange->request(), body, job->cancellation));
      }
      lock.lock();
      std::erase(running_, job);
    }
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      wake_.wait_for(lock, kLook);
      for (const auto& job : running_) {
        if (job->exchange->client_gone()) job->cancellation.cancel();
      }
    }
  }

  const ElasticsearchSearchOptions options_;
  es::Actions actions_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::shared_ptr<Job>> running_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

class SearchService final : public ElasticsearchSearch {
 public:
  SearchService(const ports::LogStore& store, ElasticsearchSearchOptions options)
      : pool_(std::make_shared<SearchPool>(store, std::move(options))) {}
  ~SearchService() override { pool_->stop(); }
  net::HttpHandler handler() override {
    return [pool = pool_](net::ExchangePtr exchange) { pool->take(std::move(exchange)); };
  }
  void stop() override { pool_->stop(); }

 private:
  const std::shared_ptr<SearchPool> pool_;
};

}  // namespace

std::unique_ptr<ElasticsearchSearch> make_elasticsearch_search(const ports::LogStore& store,
                                                               ElasticsearchSearchOptions options) {
  return std::make_unique<SearchService>(store, std::move(options));
}

}  // namespace vedette::api
