#include "vedette/net/stream_server.hpp"

#include <algorithm>

#include "stream_session.hpp"
#include "vedette/base/check.hpp"

namespace vedette::net {

namespace {

class StreamServerImpl final : public StreamServer {
 public:
  explicit StreamServerImpl(std::shared_ptr<StreamCore> core) : core_(std::move(core)) {}
  ~StreamServerImpl() override {
    core_->shut();
    if (!on_loop_thread()) core_->sessions = nullptr;
  }
  Endpoint local() const override { return core_->local(); }
  void drain(std::chrono::milliseconds deadline) override { core_->drain(deadline); }
  const ServerCounters& counters() const override { return core_->counters(); }

 private:
  std::shared_ptr<StreamCore> core_;
};

}  // namespace

base::Result<std::unique_ptr<StreamServer>> StreamServer::start(Io& io, StreamServerOptions options,
                                                                SessionFactory sessions) {
  CHECK(options.max_buffer_bytes > 0);
  CoreOptions core_options;
  core_options.listen = options.listen;
  core_options.tls = options.tls;
  core_options.max_connections = options.max_connections;
  core_options.max_connections_per_address = options.max_connections_per_address;
  core_options.handshake_timeout = options.handshake_timeout;
  core_options.shortest_timeout = std::min(options.idle_timeout, options.handshake_timeout);
  const auto core =
      std::make_shared<StreamCore>(std::move(core_options), std::move(options), std::move(sessions));
  TRY(core->listen(io));
  return std::unique_ptr<StreamServer>(std::make_unique<StreamServerImpl>(core));
}

}  // namespace vedette::net
