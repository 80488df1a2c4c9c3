<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Key;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\ListFilterForm;
use Drupal\background_agents\Key\KeyFilter;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * The filter of the list of all dispatch keys. A GET form: it has an address.
 *
 * @internal
 */
final class KeyFilterForm extends ListFilterForm {

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_key_filter';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $filter = KeyFilter::of($this->getRequest());
    $list = Url::fromRoute('background_agents.all_dispatch_keys');
    return $this->around($form, $list, $this->fields($filter), $filter->isSet());
  }

  /**
   * What can be asked for.
   *
   * @return array<string, mixed>
   *   Elements, by the names of the parameters.
   */
  private function fields(KeyFilter $filter): array {
    $agents = array_map(static fn (Agent $found): string => (string) $found->label(), Agent::loadMultiple());
    asort($agents);
    $expiries = [
      KeyFilter::NOT_EXPIRED => $this->t('Not expired'),
      KeyFilter::EXPIRED => $this->t('Expired'),
      KeyFilter::ENDLESS => $this->t('Never expires'),
    ];
    $days = [];
    foreach ([30, 90, 365] as $number) {
      $days[$number] = $this->formatPlural($number, '1 day', '@count days');
    }
    return [
      'search' => [
        '#type' => 'search',
        '#title' => $this->t('Key or owner'),
        '#size' => 24,
        '#maxlength' => 128,
        '#value' => $filter->text,
      ],
      'agent' => $this->select($this->t('For the agent'), $agents, $filter->agent),
      'expiry' => $this->select($this->t('Expiry'), $expiries, $filter->expiry),
      'unused' => $this->select($this->t('Not used for'), $days, $filter->unusedDays === 0 ? '' : (string) $filter->unusedDays),
    ];
  }

  /**
   * A choice of one or any.
   *
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $title
   *   Its label.
   * @param array<int|string, string|\Stringable> $options
   *   What can be chosen.
   * @param string $chosen
   *   What is chosen; empty, or not offered: any.
   *
   * @return array<string, mixed>
   *   The element.
   */
  private function select(TranslatableMarkup $title, array $options, string $chosen): array {
    return [
      '#type' => 'select',
      '#title' => $title,
      '#options' => $options,
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#value' => isset($options[$chosen]) ? $chosen : '',
    ];
  }

}
