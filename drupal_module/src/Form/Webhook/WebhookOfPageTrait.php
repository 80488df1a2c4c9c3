<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\Core\Url;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * The agent and the webhook that the address of a page names.
 *
 * @internal
 */
trait WebhookOfPageTrait {

  /**
   * The webhook of the page.
   *
   * @throws \Symfony\Component\HttpKernel\Exception\NotFoundHttpException
   *   When the agent has none with this number.
   */
  private static function ofPage(WebhookStore $webhooks, Agent $agent, string $number): Webhook {
    $webhook = $webhooks->load((int) $number);
    return $webhook?->agent === $agent->id() ? $webhook : throw new NotFoundHttpException();
  }

  /**
   * What logs and titles say of an address: the rest may hold a secret.
   */
  private static function host(string $url): string {
    return (string) parse_url($url, PHP_URL_HOST);
  }

  /**
   * The list of the agent's webhooks.
   */
  private static function listUrl(string $agent): Url {
    return Url::fromRoute('background_agents.agent_webhooks', ['background_agents_agent' => $agent]);
  }

  /**
   * The part of a form that shows a new secret, once.
   *
   * @return array<string, mixed>
   *   Form elements.
   */
  private function shownSecret(#[\SensitiveParameter] string $secret, string $agent): array {
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
        '#url' => self::listUrl($agent),
        '#attributes' => ['class' => ['button']],
      ],
      '#cache' => ['max-age' => 0],
    ];
  }

}
