#include "vedette/net/http_server.hpp"

#include <algorithm>

#include "http_connection.hpp"

namespace vedette::net {

namespace {

class HttpServerImpl final : public HttpServer {
 public:
  explicit HttpServerImpl(std::shared_ptr<HttpCore> core) : core_(std::move(core)) {}
  ~HttpServerImpl() override {
    core_->shut();
    if (on_loop_thread()) return;
    // What the handler holds ends with the server, not with the last answer.
    core_->handler = nullptr;
    core_->options.admit = nullptr;
    core_->options.error_response = nullptr;
  }
  Endpoint local() const override { return core_->local(); }
  void drain(std::chrono::milliseconds deadline) override { core_->drain(deadline); }
  const ServerCounters& counters() const override { return core_->counters(); }

 private:
  std::shared_ptr<HttpCore> core_;
};

}  // namespace

base::Result<std::unique_ptr<HttpServer>> HttpServer::start(Io& io, HttpServerOptions options,
                                                            HttpHandler handler) {
  CoreOptions core_options;
  core_options.listen = options.listen;
  core_options.tls = options.tls;
  core_options.max_connections = options.max_connections;
  core_options.max_connections_per_address = options.max_connections_per_address;
  core_options.handshake_timeout = options.handshake_timeout;
  core_options.shortest_timeout =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout,
                options.handshake_timeout});
  const auto core =
      std::make_shared<HttpCore>(std::move(core_options), std::move(options), std::move(handler));
  TRY(core->listen(io));
  return std::unique_ptr<HttpServer>(std::make_unique<HttpServerImpl>(core));
}

}  // namespace vedette::net
