#include "http_exchange.hpp"

#include <fmt/format.h>

#include "http_connection.hpp"

namespace vedette::net {

namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{1} << 20;

class ExchangeHandle final : public HttpExchange {
 public:
  explicit ExchangeHandle(std::shared_ptr<ExchangeState> state) : state_(std::move(state)) {}
  ~ExchangeHandle() override { state_->let_go(); }

  const HttpRequest& request() const override { return state_->request; }
  std::string take_body() override { return std::move(state_->request.body); }
  void respond(HttpResponse response) override { state_->respond(std::move(response)); }
  void begin(HttpResponse head) override { state_->begin(std::move(head)); }
  bool write(std::string_view bytes) override { return state_->write(bytes); }
  void end() override { state_->end(); }
  bool client_gone() const override { return state_->client_gone(); }

 private:
  std::shared_ptr<ExchangeState> state_;
};

}  // namespace

ExchangePtr make_exchange(std::shared_ptr<ExchangeState> state) {
  return std::make_shared<ExchangeHandle>(std::move(state));
}

ExchangeState::ExchangeState(HttpRequest of, Options options, std::shared_ptr<Loop> loop,
                             std::weak_ptr<HttpConnection> connection, std::shared_ptr<BodyBudget> budget,
                             std::size_t charged)
    : request(std::move(of)),
      options_(options),
      loop_(std::move(loop)),
      connection_(std::move(connection)),
      budget_(std::move(budget)),
      charged_(charged) {}

void ExchangeState::release_budget() {
  if (const std::size_t charged = charged_.exchange(0); charged > 0) budget_->give_back(charged);
}

void ExchangeState::wake_connection(std::unique_lock<std::mutex>& lock) {
  const bool waits = std::exchange(connection_waits_, false);
  lock.unlock();
  if (!waits) return;
  loop_->post([connection = connection_] {
    if (const auto alive = connection.lock()) alive->wake();
  });
}

void ExchangeState::respond(HttpResponse response) {
  release_budget();
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::open) return;
  phase_ = Phase::answered;
  response_ = std::move(response);
  wake_connection(lock);
}

void ExchangeState::begin(HttpResponse head) {
  release_budget();
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::open) return;
  phase_ = Phase::streaming;
  response_ = std::move(head);
  wake_connection(lock);
}

bool ExchangeState::write(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::streaming || unreachable_) return false;
  if (bytes.empty() || options_.head_only) return true;
  if (!on_loop_thread()) {
    const bool room = sent_.wait_for(lock, options_.write_timeout, [this] {
      return waiting_bytes() <= kMaxWaitingBytes || unreachable_ || phase_ != Phase::streaming;
    });
    if (!room || unreachable_ || phase_ != Phase::streaming) return false;
  }
  if (options_.chunked) {
    fmt::format_to(std::back_inserter(pieces_), "{:x}\r\n", bytes.size());
    pieces_.append(bytes).append("\r\n");
  } else {
    pieces_.append(bytes);
  }
  wake_connection(lock);
  return true;
}

void ExchangeState::end() {
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::streaming) return;
  phase_ = Phase::ended;
  if (options_.chunked && !options_.head_only) pieces_.append("0\r\n\r\n");
  sent_.notify_all();
  wake_connection(lock);
}

void ExchangeState::let_go() {
  release_budget();
  std::unique_lock lock(mutex_);
  if (phase_ != Phase::open && phase_ != Phase::streaming) return;
  phase_ = Phase::let_go;
  wake_connection(lock);
}

ExchangeState::Phase ExchangeState::take(HttpResponse& response, std::string& pieces, bool& nothing) {
  const std::scoped_lock lock(mutex_);
  nothing = phase_ == Phase::open;
  if (phase_ == Phase::answered) response = std::move(response_);
  if (phase_ == Phase::streaming || phase_ == Phase::ended) {
    // The head is taken once.
    if (response_.status != 0) response = std::exchange(response_, HttpResponse{0, {}, {}});
    pieces.clear();
    pieces.swap(pieces_);
    in_flight_ = pieces.size();
    nothing = phase_ == Phase::streaming && pieces.empty() && response.status == 0;
  }
  connection_waits_ = nothing;
  return phase_;
}

void ExchangeState::pieces_sent() {
  const std::scoped_lock lock(mutex_);
  in_flight_ = 0;
  sent_.notify_all();
}

void ExchangeState::client_has_gone(bool unreachable) {
  gone_.store(true, std::memory_order_relaxed);
  if (!unreachable) return;
  const std::scoped_lock lock(mutex_);
  unreachable_ = true;
  sent_.notify_all();
}

}  // namespace vedette::net
