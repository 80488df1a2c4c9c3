<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Preview\PreviewVisitor;
use Drupal\Core\File\FileUrlGeneratorInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpKernel\Event\FinishRequestEvent;
use Symfony\Component\HttpKernel\Event\ResponseEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Sends previews with headers that keep them to themselves, and harmless.
 *
 * @internal
 */
final class PreviewSubscriber implements EventSubscriberInterface {

  /**
   * What the names of the routes begin with.
   */
  private const string ROUTES = 'background_agents.preview';

  public function __construct(
    private readonly PreviewVisitor $visitor,
    private readonly FileUrlGeneratorInterface $files,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // After core, which sets Cache-Control for all pages.
      KernelEvents::RESPONSE => ['onResponse', -100],
      KernelEvents::FINISH_REQUEST => 'onFinishRequest',
    ];
  }

  public function onResponse(ResponseEvent $event): void {
    if (!$event->isMainRequest() || !self::isPreview($event->getRequest())) {
      return;
    }
    $headers = $event->getResponse()->headers;
    $headers->set('Cache-Control', 'no-store, private');
    $headers->set('X-Robots-Tag', 'noindex, nofollow');
    // The address of a preview link is a secret.
    $headers->set('Referrer-Policy', 'no-referrer');
    $headers->set('X-Frame-Options', 'SAMEORIGIN');
    // Beside what the site itself sends, not instead of it.
    $headers->set('Content-Security-Policy', $this->policy(), FALSE);
  }

  /**
   * Gives the account back that asked.
   */
  public function onFinishRequest(FinishRequestEvent $event): void {
    if ($event->isMainRequest()) {
      $this->visitor->end();
    }
  }

  /**
   * No script runs, no form is sent, and only the site's own files are loaded.
   *
   * A text that nobody has read yet could tell another server what it holds by
   * the address of an image.
   */
  private function policy(): string {
    $host = $this->fileHost();
    return implode('; ', [
      "default-src 'self' data:$host",
      "style-src 'self' 'unsafe-inline' https:$host",
      "font-src 'self' data: https:$host",
      "script-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    ]);
  }

  /**
   * The host of public files, where it is not the site's own.
   */
  private function fileHost(): string {
    $url = $this->files->generateAbsoluteString('public://');
    return preg_match('~^https?://[a-z0-9.-]+(:\d+)?(?=/|$)~i', $url, $found) === 1 ? " $found[0]" : '';
  }

  private static function isPreview(Request $request): bool {
    return str_starts_with((string) $request->attributes->get('_route'), self::ROUTES);
  }

}
