using System.Net;
using System.Net.Sockets;
using B24RobotApp.Transfers.Sharing;

namespace B24RobotApp.Portals;

/// <summary>
/// Sends nothing to any portal while this server may have been taken for dead: another one goes on with its work then. Asked once more when the request is written, since a process may be stopped between the two for
/// as long as somebody likes.
/// </summary>
internal sealed class LivingOnly(LeasedShare share) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!share.IsAlive)
        {
            return Task.FromException<HttpResponseMessage>(NotSent());
        }

        if (request.Content is { } content)
        {
            request.Content = new GuardedContent(content, share);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static HttpRequestException NotSent() => new(
        HttpRequestError.ConnectionError, "Not sent: this server was not heard of by the others for too long.", new SocketException((int)SocketError.ConnectionRefused));

    private sealed class GuardedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly LeasedShare _share;

        public GuardedContent(HttpContent content, LeasedShare share)
        {
            (_content, _share) = (content, share);
            foreach (var (name, values) in content.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _share.IsAlive ? _content.CopyToAsync(stream, context, cancellationToken) : throw NotSent();

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
