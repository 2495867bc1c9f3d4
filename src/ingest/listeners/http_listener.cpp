// The sockets of the listeners over HTTP.
#include "listeners/http_endpoint.hpp"

namespace vedette::ingest {
namespace {

class HttpListener : public Listener {
 public:
  HttpListener(const ListenerContext& context, net::HttpServerOptions options, std::string listen,
               std::shared_ptr<HttpEndpoint> endpoint)
      : io_(context.io),
        options_(std::move(options)),
        listen_(std::move(listen)),
        endpoint_(std::move(endpoint)) {}

  base::Status start() override {
    TRY_ASSIGN(options_.listen, net::Endpoint::parse(listen_));
    options_.admit = [endpoint = endpoint_](const net::HttpRequest& head, net::HttpResponse& refusal) {
      return endpoint->admit(head, refusal);
    };
    options_.error_response = [endpoint = endpoint_](int status, std::string_view reason) {
      return endpoint->error_answer(status, reason);
    };
    TRY_ASSIGN(server_,
               net::HttpServer::start(io_, options_, [endpoint = endpoint_](net::ExchangePtr exchange) {
                 endpoint->handle(exchange);
               }));
    return base::ok_status();
  }

  void drain(std::chrono::milliseconds deadline) override {
    if (server_) server_->drain(deadline);
  }

  std::string where() const override { return server_ ? server_->local().to_string() : listen_; }

 private:
  net::Io& io_;
  net::HttpServerOptions options_;
  const std::string listen_;
  const std::shared_ptr<HttpEndpoint> endpoint_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace

std::unique_ptr<Listener> make_http_listener(const ListenerContext& context,
                                             const base::ConfigSection& config,
                                             std::shared_ptr<HttpEndpoint> endpoint) {
  net::HttpServerOptions options;
  options.tls = context.tls;
  options.max_connections = static_cast<std::uint32_t>(config.integer("max_connections"));
  options.max_connections_per_address =
      static_cast<std::uint32_t>(config.integer("max_connections_per_address"));
  options.idle_timeout = std::chrono::milliseconds(config.duration("idle_timeout") / base::kNsPerMs);
  return std::make_unique<HttpListener>(context, std::move(options), config.text("listen"),
                                        std::move(endpoint));
}

std::shared_ptr<HttpDoor> make_http_door(const ListenerContext& context, const base::ConfigSection& config,
                                         std::string name) {
  HttpDoor::Options options;
  options.listener = std::move(name);
  options.max_event_bytes = config.bytes("max_event_bytes");
  options.max_events_per_second = static_cast<std::uint64_t>(config.integer("max_events_per_second"));
  return std::make_shared<HttpDoor>(context.intake, context.metrics, std::move(options));
}

}  // namespace vedette::ingest
