<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Sidecar\ProviderKeys;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of the settings that says which keys the sidecar is lent.
 *
 * @internal
 */
final class KeysPart {

  use StringTranslationTrait;

  /**
   * Providers that each sidecar knows.
   */
  private const array PROVIDERS = ['anthropic' => 'Anthropic', 'openai' => 'OpenAI'];

  public function __construct(
    private readonly ProviderKeys $keys,
    private readonly OfferedModels $offered,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * A key for each provider. Only with the module that keeps keys.
   */
  public function build(): array {
    $chosen = $this->keys->chosen();
    $part = [
      '#type' => 'details',
      '#title' => $this->t('Keys of model providers'),
      '#description' => $this->t('Keys that are kept in this site by the module Key. The sidecar fetches them by a signed request when it starts, every five minutes, and when a provider refuses one; it keeps them in memory alone. A key in its own settings comes first. Choose keys of model providers only: they are sent to them.'),
      '#access' => $this->keys->isPossible(),
      '#disabled' => !$this->mayChoose(),
      '#open' => $chosen !== [],
    ];
    foreach ($this->providers() as $id => $label) {
      $part[$id] = [
        '#type' => 'select',
        '#title' => $label,
        '#options' => $this->keys->names() + (isset($chosen[$id]) ? [$chosen[$id] => $this->t('@key (is gone)', ['@key' => $chosen[$id]])] : []),
        '#empty_option' => $this->t('- None -'),
        '#default_value' => $chosen[$id] ?? '',
      ];
    }
    return $part;
  }

  /**
   * Keeps what was chosen, by those who may see keys at all.
   */
  public function save(FormStateInterface $form_state): void {
    if ($this->keys->isPossible() && $this->mayChoose()) {
      $chosen = array_intersect_key((array) $form_state->getValue('keys'), $this->providers());
      $this->keys->choose(array_filter(array_map(strval(...), $chosen), static fn (string $key): bool => $key !== ''));
    }
  }

  /**
   * Whether this person may choose keys.
   *
   * Whoever may not see keys could else send them away.
   */
  private function mayChoose(): bool {
    return $this->currentUser->hasPermission('administer keys');
  }

  /**
   * Names of providers that take a key, by id.
   *
   * @return array<string, string>
   *   Those that the sidecar told, and those that have a key.
   */
  private function providers(): array {
    $providers = self::PROVIDERS;
    foreach ($this->offered->providers() as $id => $provider) {
      // One key serves both interfaces of OpenAI, and scripts take none.
      if (!in_array($id, ['openai-chat', 'scripted'], TRUE)) {
        $providers[$id] = $provider->label;
      }
    }
    $chosen = array_keys($this->keys->chosen());
    return $providers + array_combine($chosen, $chosen);
  }

}
