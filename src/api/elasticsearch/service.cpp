// The threads that answer searches, and the one that looks whether clients are still there.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
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

es::Reply refused_reply(const ElasticsearchView& view) {
  return es::fault_reply({view.status, "security_exception", view.reason, {}});
}

// End points over what some see.
struct ViewActions {
  ViewActions(std::shared_ptr<const ports::LogStore> seen, const ElasticsearchSearchOptions& options)
      : store(std::move(seen)), actions(*store, options) {}
  const std::shared_ptr<const ports::LogStore> store;
  es::Actions actions;
};

constexpr std::size_t kMaxViews = 256;

// Shared with the handlers, which may outlive the service.
class SearchPool {
 public:
  SearchPool(const ports::LogStore& store, ElasticsearchSearchOptions options)
      : options_(std::move(options)), actions_(store, options_) {
    for (int i = 0; i < std::max(1, options_.threads); ++i) threads_.emplace_back([this] { work(); });
    threads_.emplace_back([this] { watch(); });
  }

  // `view_of`: null for those who see everything.
  void take(net::ExchangePtr exchange, const ElasticsearchViewOf& view_of) {
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
    queue_.push_back(std::make_shared<Job>(std::move(exchange), view_of));
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
    Job(net::ExchangePtr from, ElasticsearchViewOf view)
        : exchange(std::move(from)), view_of(std::move(view)) {}
    net::ExchangePtr exchange;
    ElasticsearchViewOf view_of;
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
      if (!job->exchange->client_gone()) send_reply(job->exchange, answer(*job));
      lock.lock();
      std::erase(running_, job);
    }
  }

  es::Reply answer(Job& job) {
    const std::string body = job.exchange->take_body();
    const net::HttpRequest& request = job.exchange->request();
    if (!job.view_of) return actions_.answer(request, body, job.cancellation);
    ElasticsearchView view = job.view_of(request);
    if (view.status != 200) return refused_reply(view);
    return actions_of(std::move(view))->actions.answer(request, body, job.cancellation);
  }

  std::shared_ptr<ViewActions> actions_of(ElasticsearchView view) {
    const std::lock_guard lock(views_mutex_);
    if (const auto found = views_.find(view.key); found != views_.end()) return found->second;
    // Those who come back after so many others begin anew.
    if (views_.size() >= kMaxViews) views_.erase(views_.begin());
    return views_.emplace(std::move(view.key), std::make_shared<ViewActions>(std::move(view.store), options_))
        .first->second;
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
  std::mutex views_mutex_;  // guards views_
  std::map<std::string, std::shared_ptr<ViewActions>> views_;
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
  net::HttpHandler handler() override { return handler(nullptr); }
  net::HttpHandler handler(ElasticsearchViewOf view_of) override {
    return [pool = pool_, view_of = std::move(view_of)](net::ExchangePtr exchange) {
      pool->take(std::move(exchange), view_of);
    };
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
