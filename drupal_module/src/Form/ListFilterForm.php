<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;

/**
 * Filters a list by the parameters of its address, which can be kept and sent.
 *
 * @internal
 */
abstract class ListFilterForm extends FormBase {

  /**
   * The form around the elements that are named as the parameters.
   *
   * @param array $form
   *   The form as core begins it.
   * @param \Drupal\Core\Url $list
   *   Where the list is.
   * @param array<string, mixed> $fields
   *   What can be asked for, by parameter.
   * @param bool $isSet
   *   Whether something is asked for now.
   *
   * @return array<string, mixed>
   *   The form.
   */
  protected function around(array $form, Url $list, array $fields, bool $isSet): array {
    $form['#method'] = 'get';
    $form['#action'] = $list->toString();
    $form['#token'] = FALSE;
    $form['#after_build'][] = [static::class, 'leaveOutInternals'];
    $form['#attributes']['class'][] = 'ba-filter';
    $form += $fields;
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Filter'), '#name' => ''],
      'reset' => [
        '#type' => 'link',
        '#title' => $this->t('Show all'),
        '#url' => $list,
        '#attributes' => ['class' => ['button']],
        '#access' => $isSet,
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
