<?php

declare(strict_types=1);

namespace Drupal\background_agents_load\EventSubscriber;

use Drupal\Core\Database\Database;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\Event\ResponseEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Says in a header how many queries a page made, and how long the slowest took.
 *
 * @internal
 */
final class QueryCount implements EventSubscriberInterface {

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [KernelEvents::REQUEST => ['start', 1000], KernelEvents::RESPONSE => ['end', -1000]];
  }

  /**
   * Starts the log of queries.
   */
  public function start(RequestEvent $event): void {
    if ($event->isMainRequest()) {
      Database::startLog('background_agents_load');
    }
  }

  /**
   * Writes the headers.
   */
  public function end(ResponseEvent $event): void {
    if (!$event->isMainRequest()) {
      return;
    }
    $log = Database::getLog('background_agents_load');
    $isOwn = static fn (array $query): bool => preg_match('/background_agents|node_access|node_field|content_moderation/', $query['query']) === 1;
    $own = array_filter($log, $isOwn);
    usort($own, static fn (array $one, array $other): int => $other['time'] <=> $one['time']);
    $event->getResponse()->headers->add([
      'X-Load-Queries' => (string) count($log),
      'X-Load-Own-Queries' => (string) count($own),
      'X-Load-Slowest' => (string) round(1000 * (float) ($own[0]['time'] ?? 0), 1),
      'X-Load-Slowest-Query' => substr((string) preg_replace('/\s+/', ' ', (string) ($own[0]['query'] ?? '')), 0, 200),
    ]);
  }

}
