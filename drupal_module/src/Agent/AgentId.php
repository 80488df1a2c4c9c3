<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Render\Element\MachineName;

/**
 * Which machine names agents may have.
 *
 * The permission to run one agent is named after it. An agent "any" would have
 * the permission to run each of them.
 *
 * @internal
 */
final class AgentId {

  public const array RESERVED = ['any'];

  /**
   * Whether no agent may have this machine name.
   */
  public static function isReserved(string $id): bool {
    return in_array($id, self::RESERVED, TRUE);
  }

  /**
   * The form element for the machine name of a new agent.
   *
   * @return array<string, mixed>
   *   The element.
   */
  public static function element(): array {
    return [
      '#type' => 'machine_name',
      '#machine_name' => ['exists' => [Agent::class, 'load']],
      '#maxlength' => 64,
      '#element_validate' => [[MachineName::class, 'validateMachineName'], [self::class, 'validate']],
    ];
  }

  /**
   * Refuses what is reserved.
   *
   * @param array $element
   *   The element.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   */
  public static function validate(array &$element, FormStateInterface $form_state): void {
    if (empty($element['#disabled']) && self::isReserved((string) $element['#value'])) {
      $form_state->setError($element, t('The machine name %id is reserved: the permission to run this agent would be the one to run any. Choose another one.', ['%id' => $element['#value']]));
    }
  }

}
