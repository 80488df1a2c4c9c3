<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * The webhook that the address of a page names, and what belongs to it.
 *
 * @internal
 */
trait WebhookOfPageTrait {

  /**
   * The agent, or the dispatch key, whose webhooks the page has.
   */
  private WebhookSubject $subject;

  /**
   * The webhook of the page.
   *
   * @throws \Symfony\Component\HttpKernel\Exception\NotFoundHttpException
   *   When the agent, or the key, has none with this number.
   */
  private static function ofPage(WebhookStore $webhooks, WebhookSubject $subject, string $number): Webhook {
    $webhook = $webhooks->load((int) $number);
    return $webhook !== NULL && $subject->has($webhook) ? $webhook : throw new NotFoundHttpException();
  }

  /**
   * What logs and titles say of an address: the rest may hold a secret.
   */
  private static function host(string $url): string {
    return (string) parse_url($url, PHP_URL_HOST);
  }

  /**
   * What logs say of a webhook.
   *
   * @return array<string, string>
   *   Placeholders.
   */
  private function context(string $url): array {
    return ['%subject' => $this->subject->name(), '%host' => self::host($url)];
  }

  /**
   * The part of a form that shows a new secret, once.
   *
   * @return array<string, mixed>
   *   Form elements.
   */
  private function shownSecret(#[\SensitiveParameter] string $secret): array {
    return [
      'secret' => [
        '#type' => 'textfield',
        '#title' => $this->t('Secret'),
        '#value' => $secret,
        '#attributes' => ['readonly' => 'readonly', 'autocomplete' => 'off', 'spellcheck' => 'false'],
        '#description' => $this->t('Copy it now into the settings of the receiver, which checks signatures with it. It is not shown again.'),
      ],
      'back' => [
        '#type' => 'link',
        '#title' => $this->t('To the webhooks'),
        '#url' => $this->subject->list(),
        '#attributes' => ['class' => ['button']],
      ],
      '#cache' => ['max-age' => 0],
      '#attached' => ['http_header' => [['Cache-Control', 'no-store']]],
    ];
  }

}
