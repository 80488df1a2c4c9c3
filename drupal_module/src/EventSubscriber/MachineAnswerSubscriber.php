<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Http\MachineRequest;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\ContactLog;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\FlashBagAwareSessionInterface;
use Symfony\Component\HttpFoundation\Session\SessionInterface;
use Symfony\Component\HttpKernel\Event\ResponseEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Answers to machines: without a session, and noted for the status report.
 *
 * @internal
 */
final class MachineAnswerSubscriber implements EventSubscriberInterface {

  private const string ROUTES = 'background_agents.';

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly ContactLog $contacts,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    // Last: what others put into the session is there by then.
    return [KernelEvents::RESPONSE => ['onResponse', -1000]];
  }

  public function onResponse(ResponseEvent $event): void {
    $request = $event->getRequest();
    if (!$event->isMainRequest() || !MachineRequest::isOne($request)) {
      return;
    }
    if ($request->hasSession()) {
      self::forget($request->getSession());
    }
    if (MachineRequest::isSigned($request)) {
      $this->note($request, $event->getResponse());
    }
  }

  /**
   * Leaves nothing to be kept for a machine.
   *
   * A message for people, shown while an agent saved, would begin a session
   * with each save, and nobody would ever see it.
   */
  private static function forget(SessionInterface $session): void {
    $session->clear();
    if ($session instanceof FlashBagAwareSessionInterface) {
      $session->getFlashBag()->clear();
    }
  }

  /**
   * Notes what a signed request was answered.
   *
   * Refusals count only with a true signature: anybody can send a wrong one.
   */
  private function note(Request $request, Response $response): void {
    $route = (string) $request->attributes->get('_route');
    $endpoint = str_starts_with($route, self::ROUTES) ? substr($route, strlen(self::ROUTES)) : 'other';
    $status = $response->getStatusCode();
    if ($status < 400) {
      $this->contacts->taken($endpoint);
    }
    elseif ($this->signed->isAuthentic($request)) {
      $problem = json_decode((string) $response->getContent());
      $this->contacts->refused($endpoint, $status, (string) ($problem->code ?? ''), (string) ($problem->detail ?? ''));
    }
  }

}
