<?php

declare(strict_types=1);

namespace Drupal\background_agents\OAuth;

use Drupal\background_agents\Http\MachineRequest;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\ExceptionEvent;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Opens the endpoints to tokens that were given for them, and to no others.
 *
 * The audience of a token of Simple OAuth is its client: only the scope tells
 * that the person meant agents when they consented. A token for agents alone
 * opens nothing else: what Drupal gives each account without a permission, such
 * as the form of one's own account, would be open to it.
 *
 * @internal
 */
final class TokenRequestSubscriber implements EventSubscriberInterface {

  /**
   * What Simple OAuth's provider lets out when a token has no account.
   */
  private const string REFUSED = 'League\OAuth2\Server\Exception\OAuthServerException';

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly Tokens $tokens,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // After authentication (300), before routing and its CSRF check (32).
      KernelEvents::REQUEST => ['onRequest', 290],
      // Before ProblemSubscriber (85) takes it for an error of ours.
      KernelEvents::EXCEPTION => ['onException', 86],
    ];
  }

  /**
   * Refuses tokens that are not for where they go, or of nobody.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   401, or 403 `scope_missing`.
   */
  public function onRequest(RequestEvent $event): void {
    $token = $event->isMainRequest() ? $this->tokens->of($this->currentUser) : NULL;
    if ($token === NULL) {
      return;
    }
    $request = $event->getRequest();
    if (!MachineRequest::isToEndpoint($request)) {
      if ($token->dispatchesOnly && !str_contains($request->getPathInfo(), '/oauth/')) {
        throw ProblemException::of(403, 'scope_missing', 'The token is for something else', 'Its scopes are for dispatching background agents alone.');
      }
      return;
    }
    if ($token->isOrphan) {
      throw self::ofNobody();
    }
    if (!$token->dispatches) {
      throw ProblemException::of(403, 'scope_missing', 'The token is for something else', 'None of its scopes is for dispatching background agents. Sign in again and ask for the scope background_agents:dispatch.');
    }
    // With the cookie of a session beside it, it would be asked for a header
    // against forged requests.
    $request->cookies->replace();
    $request->headers->remove('Cookie');
  }

  /**
   * Answers 401 for a token that belongs to nobody.
   */
  public function onException(ExceptionEvent $event): void {
    $error = $event->getThrowable();
    $ofNobody = is_a($error, self::REFUSED)
      // Its client is gone.
      || ($error instanceof \TypeError && basename($error->getFile()) === 'TokenAuthUser.php');
    if ($ofNobody && MachineRequest::isToEndpoint($event->getRequest())) {
      $event->setThrowable(self::ofNobody());
    }
  }

  private static function ofNobody(): ProblemException {
    return ProblemException::of(401, 'authentication_required', 'Log in', 'The resource owner or authorization server denied the request.');
  }

}
