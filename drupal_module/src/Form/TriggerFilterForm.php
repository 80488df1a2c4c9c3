<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;

/**
 * The filter of the list of triggers. A GET form: a list has an address.
 *
 * @internal
 */
final class TriggerFilterForm extends FormBase {

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
    $list = Url::fromRoute('entity.background_agents_trigger.collection');
    $form['#method'] = 'get';
    $form['#action'] = $list->toString();
    $form['#token'] = FALSE;
    $form['#after_build'][] = [self::class, 'leaveOutInternals'];
    $form['#attributes']['class'][] = 'ba-filter';
    $form['agent'] = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $agents,
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#value' => isset($agents[$agent]) ? $agent : '',
    ];
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Filter'), '#name' => ''],
      'reset' => [
        '#type' => 'link',
        '#title' => $this->t('Show all'),
        '#url' => $list,
        '#attributes' => ['class' => ['button']],
        '#access' => $agent !== '',
      ],
    ];
    return $form;
  }

  /**
   * After-build callback: the address needs no form ids.
   */
  public static function leaveOutInternals(array $form): array {
    unset($form['form_token'], $form['form_build_id'], $form['form_id']);
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {}

}
