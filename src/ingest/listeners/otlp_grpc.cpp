#include "listeners/otlp_grpc.hpp"

#include <atomic>
#include <limits>

#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

constexpr std::string_view kExportMethod = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

// What all calls share; outlives them.
struct GrpcShared {
  GrpcShared(std::shared_ptr<HttpDoor> to, const OtlpGrpcOptions& options)
      : door(std::move(to)), tokens(options.tokens), max_waiting_bytes(options.max_waiting_bytes) {
    limits.max_event_bytes = door->max_event_bytes();
  }
  const std::shared_ptr<HttpDoor> door;
  const HttpSecrets tokens;
  OtlpLimits limits;
  const std::size_t max_waiting_bytes;
  std::atomic<std::size_t> waiting_bytes{0};
};

// "ipv4:192.0.2.1:5000", "ipv6:%5B2001:db8::1%5D:5000"
net::Peer grpc_peer(std::string_view text) {
  net::Peer peer;
  const std::size_t kind = text.find(':'), port = text.rfind(':');
  if (kind == std::string_view::npos || port <= kind) return peer;
  std::string_view host = text.substr(kind + 1, port - kind - 1);
  for (const std::string_view open : {"%5B", "["}) {
    if (host.starts_with(open)) host.remove_prefix(open.size());
  }
  for (const std::string_view close : {"%5D", "]"}) {
    if (host.ends_with(close)) host.remove_suffix(close.size());
  }
  peer.address = base::IpAddress::parse(host).value_or(base::IpAddress{});
  peer.port = static_cast<std::uint16_t>(base::parse_uint(text.substr(port + 1)).value_or(0));
  return peer;
}

grpc::Status grpc_refused(const HttpRefusal& refusal) {
  const int code = otlp_code_of(refusal.kind);
  return grpc::Status(static_cast<grpc::StatusCode>(code), refusal.message,
                      otlp_status(false, code, refusal.message, refusal.retry_after));
}

std::string bytes_of_buffer(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string out;
  if (!buffer.Dump(&slices).ok()) return out;
  out.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices)
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return out;
}

// One call. Lives until OnDone, which comes after it was finished.
class ExportCall final : public grpc::ServerGenericBidiReactor {
 public:
  ExportCall(std::shared_ptr<GrpcShared> shared, const grpc::GenericCallbackServerContext& context)
      : shared_(std::move(shared)), peer_(grpc_peer(context.peer())) {
    if (!authorized(context)) {
      shared_->door->count_rejected("unauthenticated");
      Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "missing or wrong bearer token"));
    } else if (const auto closed = shared_->door->closed()) {
      shared_->door->count_rejected(refusal_reason(closed->kind));
      Finish(grpc_refused(*closed));
    } else {
      StartRead(&request_);
    }
  }
  ~ExportCall() override { shared_->waiting_bytes.fetch_sub(counted_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the call has no request"));
    counted_ = request_.Length();
    if (shared_->waiting_bytes.fetch_add(counted_) + counted_ > shared_->max_waiting_bytes) {
      shared_->door->count_rejected("overload");
      return Finish(
          grpc_refused({HttpRefusal::Kind::overload, "too many requests wait", std::chrono::seconds(1)}));
    }
    take(bytes_of_buffer(request_));
  }
  void OnDone() override { delete this; }

 private:
  bool authorized(const grpc::GenericCallbackServerContext& context) const {
    if (shared_->tokens.empty()) return true;
    const auto found = context.client_metadata().find("authorization");
    if (found == context.client_metadata().end()) return false;
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view header(found->second.data(), found->second.size());
    return base::starts_with_ignore_case_ascii(header, kScheme) &&
           shared_->tokens.contains(base::trim(header.substr(kScheme.size())));
  }

  void take(const std::string& body) {
    request_.Clear();
    OtlpTaken taken;
    if (const base::Status decoded = decode_otlp_protobuf(body, shared_->limits, taken); !decoded.ok()) {
      shared_->door->reject(peer_, body, "malformed", decoded.error().message);
      return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, decoded.error().message));
    }
    model::RawBatch batch =
        shared_->door->make_batch(peer_, std::make_shared<const std::string>(std::move(taken.text)));
    batch.records = std::move(taken.records);
    batch.extras = std::move(taken.extras);
    rejected_ = taken.rejected;
    reason_ = std::move(taken.reason);
    if (batch.records.empty()) return respond({});
    batch.done = [this](model::IntakeAnswer answer) {
      answer.ok() ? respond(*answer) : Finish(grpc_refused(shared_->door->refusal_of(answer.error())));
    };
    if (const auto refusal = shared_->door->offer(batch)) Finish(grpc_refused(*refusal));
  }

  void respond(const std::vector<model::RecordOutcome>& outcomes) {
    shared_->door->count_rejected("too_large", rejected_);
    const std::string bytes =
        otlp_response(false, rejected_, rejected_ != 0 ? reason_ : otlp_warning(outcomes));
    const grpc::Slice slice(bytes);
    response_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  const std::shared_ptr<GrpcShared> shared_;
  const net::Peer peer_;
  grpc::ByteBuffer request_, response_;
  std::size_t counted_ = 0;
  std::uint64_t rejected_ = 0;
  std::string reason_;
};

class UnknownCall final : public grpc::ServerGenericBidiReactor {
 public:
  UnknownCall() {
    Finish(
        grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "only logs are taken: " + std::string(kExportMethod)));
  }
  void OnDone() override { delete this; }
};

class LogsService final : public grpc::CallbackGenericService {
 public:
  explicit LogsService(std::shared_ptr<GrpcShared> shared) : shared_(std::move(shared)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    if (context->method() != kExportMethod) return new UnknownCall;
    return new ExportCall(shared_, *context);
  }

 private:
  const std::shared_ptr<GrpcShared> shared_;
};

class OtlpGrpcListener final : public Listener {
 public:
  OtlpGrpcListener(std::shared_ptr<HttpDoor> door, OtlpGrpcOptions options)
      : options_(std::move(options)),
        shared_(std::make_shared<GrpcShared>(std::move(door), options_)),
        service_(shared_),
        where_(options_.listen) {}
  ~OtlpGrpcListener() override { drain(std::chrono::milliseconds(0)); }

  base::Status start() override {
    TRY_ASSIGN(const auto credentials, make_credentials());
    // The library writes a line to the standard error for what any client can cause, without bound.
    gpr_set_log_function([](gpr_log_func_args*) {});
    grpc::ServerBuilder builder;
    int port = 0;
    std::string address = options_.listen;
    if (address.starts_with(':')) address = "[::]" + address;
    builder.AddListeningPort(address, credentials, &port);
    builder.RegisterCallbackGenericService(&service_);
    builder.SetMaxReceiveMessageSize(
        static_cast<int>(std::min<std::size_t>(options_.max_message_bytes, std::numeric_limits<int>::max())));
    builder.SetResourceQuota(grpc::ResourceQuota("otlp").Resize(options_.max_waiting_bytes * 2));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16 << 10);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                               static_cast<int>(options_.idle_timeout.count()));
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      server_.reset();
      return base::make_error(base::ErrorCode::io, "cannot listen on " + options_.listen);
    }
    where_ = address.substr(0, address.rfind(':') + 1) + std::to_string(port);
    return base::ok_status();
  }

  void drain(std::chrono::milliseconds deadline) override {
    if (!server_) return;
    server_->Shutdown(std::chrono::system_clock::now() + deadline);
    server_->Wait();
    server_.reset();
  }

  std::string where() const override { return where_; }

 private:
  // Files are looked at again every minute, so that new certificates are taken without a restart.
  base::Result<std::shared_ptr<grpc::ServerCredentials>> make_credentials() const {
    namespace tls = grpc::experimental;
    constexpr unsigned kRefreshSeconds = 60;
    if (options_.certificate_file.empty()) return grpc::InsecureServerCredentials();
    for (const std::string& file : {options_.certificate_file, options_.key_file, options_.client_ca_file}) {
      if (file.empty() && &file != &options_.key_file) continue;
      TRY_ASSIGN(const std::string ignored, base::read_file(file));
    }
    const auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
        options_.key_file, options_.certificate_file, options_.client_ca_file, kRefreshSeconds);
    tls::TlsServerCredentialsOptions options(provider);
    options.watch_identity_key_cert_pairs();
    if (!options_.client_ca_file.empty()) {
      options.watch_root_certs();
      options.set_cert_request_type(options_.require_client_certificate
                                        ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                        : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    }
    return tls::TlsServerCredentials(options);
  }

  const OtlpGrpcOptions options_;
  const std::shared_ptr<GrpcShared> shared_;
  LogsService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string where_;
};

}  // namespace

std::unique_ptr<Listener> make_otlp_grpc_listener(std::shared_ptr<HttpDoor> door, OtlpGrpcOptions options) {
  return std::make_unique<OtlpGrpcListener>(std::move(door), std::move(options));
}

ListenerInfo otlp_grpc_listener() {
  ListenerInfo info;
  info.name = "otlp_grpc";
  info.title = "OpenTelemetry logs over gRPC";
  info.summary = "Takes OTLP logs by gRPC (LogsService/Export).";
  info.default_listen = "127.0.0.1:4317";
  base::ConfigKey max_message;
  max_message.name = "max_message_bytes";
  max_message.type = base::ConfigType::bytes;
  max_message.default_value = "16MiB";
  max_message.summary = "A larger request is refused.";
  max_message.min = 64 << 10;
  max_message.max = 256 << 20;
  info.options = {tokens_key("Bearer tokens"), max_message};
  info.make = [](const ListenerContext& context, const base::ConfigSection& config) {
    const base::ConfigSection& tls = config.section("tls");
    OtlpGrpcOptions options;
    options.listen = config.text("listen");
    options.tokens = config.text("tokens");
    options.certificate_file = tls.text("certificate_file");
    options.key_file = tls.text("key_file");
    options.client_ca_file = tls.text("client_ca_file");
    options.require_client_certificate = tls.boolean("require_client_certificate");
    options.max_message_bytes = config.bytes("max_message_bytes");
    options.idle_timeout = std::chrono::milliseconds(config.duration("idle_timeout") / base::kNsPerMs);
    return make_otlp_grpc_listener(make_http_door(context, config, "otlp_grpc"), std::move(options));
  };
  return info;
}

}  // namespace vedette::ingest
