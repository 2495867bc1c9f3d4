#include "vedette/net/io.hpp"

#include <algorithm>
#include <csignal>

#include "loop.hpp"
#include "vedette/base/check.hpp"

namespace vedette::net {

namespace {
thread_local const Loop* current_loop = nullptr;
}

bool on_loop_thread() {
  return current_loop != nullptr;
}

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)) {}

Loop::~Loop() {
  join_and_destroy();
}

bool Loop::is_current() const {
  return current_loop == this;
}

void Loop::start() {
  thread_ = std::thread([this] {
    // A peer that has gone is an error of write, not a signal (OpenSSL writes without MSG_NOSIGNAL).
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    current_loop = this;
    const auto guard = asio::make_work_guard(*context_);
    context_->run();
    current_loop = nullptr;
  });
}

void Loop::request_stop() {
  const std::scoped_lock lock(mutex_);
  if (context_ != nullptr) context_->stop();
}

void Loop::join_and_destroy() {
  request_stop();
  if (thread_.joinable()) thread_.join();
  std::unique_ptr<asio::io_context> ending;
  {
    const std::scoped_lock lock(mutex_);
    ending = std::move(context_);
  }
  // Frames of coroutines end here, after nobody can post to them any more.
}

Io::Io(int threads) : state_(std::make_unique<State>()) {
  CHECK(threads > 0);
  for (int i = 0; i < threads; ++i) state_->loops.push_back(std::make_shared<Loop>());
  for (const auto& loop : state_->loops) loop->start();
}

Io::~Io() {
  stop();
}

void Io::stop() {
  for (const auto& loop : state_->loops) loop->request_stop();
  const auto is_ours = [](const auto& loop) { return loop->is_current(); };
  // A thread cannot wait for itself: the rest when the owner stops it or lets go.
  if (std::any_of(state_->loops.begin(), state_->loops.end(), is_ours)) return;
  const std::scoped_lock lock(state_->stop_mutex);
  if (state_->stopped) return;
  state_->stopped = true;
  for (const auto& loop : state_->loops) loop->join_and_destroy();
}

void Io::post(std::function<void()> work) {
  state_->next_loop().post(std::move(work));
}

namespace {
Task<> call_after(std::chrono::milliseconds time, std::function<void()> work) {
  Timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  const auto [error] = co_await timer.async_wait(kAwait);
  if (!error) work();
}
}  // namespace

void Io::after(std::chrono::milliseconds time, std::function<void()> work) {
  Loop& loop = state_->next_loop();
  loop.post([&loop, time, work = std::move(work)]() mutable {
    asio::co_spawn(loop.context(), call_after(time, std::move(work)), asio::detached);
  });
}

}  // namespace vedette::net
