<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;

/**
 * The filter of the list of triggers. A GET form: a list has an address.
 *
 * @internal
 */
final class TriggerFilterForm extends ListFilterForm {

  /**
   * The agent whose triggers are asked for; empty: all.
   */
  public static function agent(?Request $request): string {
    $agent = $request?->query->all()['agent'] ?? '';
    return is_string($agent) ? trim($agent) : '';
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_trigger_filter';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $agent = self::agent($this->getRequest());
    $agents = array_map(static fn (Agent $found): string => (string) $found->label(), Agent::loadMultiple());
    asort($agents);
    $select = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $agents,
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#value' => isset($agents[$agent]) ? $agent : '',
    ];
    $list = Url::fromRoute('entity.background_agents_trigger.collection');
    return $this->around($form, $list, ['agent' => $select], $agent !== '');
  }

}
